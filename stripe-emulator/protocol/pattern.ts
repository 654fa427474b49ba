/** Whether the text equals the pattern or, when the pattern ends with `*`, starts with the rest of it. */
export function fits(pattern: string, text: string): boolean {
  return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
