/** Whether `text` is what `pattern` says; a pattern that ends with `*` matches all that begins alike. */
export function fits(pattern: string, text: string): boolean {
  return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
