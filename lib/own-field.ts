/**
 * Sets a field of the object's own, also one that is named `__proto__`: an assignment would change its prototype. Copies of
 * untrusted objects are made with it; it is several times as fast as Object.fromEntries.
 */
export function setOwnField<T>(object: Record<string, T>, name: string, value: T): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
  else object[name] = value;
}
