/** Sets a field of the object's own, also one that is named `__proto__`. Copies of untrusted objects are made with it. */
export function setOwnField(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
  else object[name] = value;
}
