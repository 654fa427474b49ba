/** XML as AWS's query protocol and S3 write it. */
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The elements of an object; a list is written as <member> elements. */
export function xmlOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((one) => `<member>${xmlOf(one)}</member>`).join("");
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, inner]) => `<${name}>${xmlOf(inner)}</${name}>`)
      .join("");
  return String(value).replaceAll(/[&<>]/g, (character) => ESCAPES[character] ?? character);
}
