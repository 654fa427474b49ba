/** Makes a response the same in every run: ids and secrets are random. Pure. */

/**
 * `value` with `...` in the place of the random parts of ids, links and tokens. `known`: what is shown instead of a text,
 * such as the name of an object instead of its id.
 */
export function maskResponse(value: unknown, known: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return maskText(value, known);
  if (Array.isArray(value)) return value.map((item) => maskResponse(item, known));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskResponse(item, known)]));
}

function maskText(text: string, known: ReadonlyMap<string, string>): string {
  const named = [...known].reduce((masked, [from, to]) => masked.replaceAll(from, to), text);
  return (
    named
      .replace(/(\/pay\/)[\w.~-]+/, "$1...")
      .replace(/\/_emulator\/(checkout|portal)\/\w+/, "/$1/...")
      .replaceAll(/(_secret_)[A-Za-z0-9]{14,}/g, "$1...")
      .replaceAll(/\b((?:[a-z]+_)*?[a-z]+)_(?:test_)?[A-Za-z0-9]{14,}/g, "$1_...")
      // The number of an invoice begins with its customer's prefix.
      .replaceAll(/\b[A-Z0-9]{8}(-\d{4})\b/g, "...$1")
      // Tokens, and the ids of mails.
      .replaceAll(/[\w.-]{36,}|\bses-\d+/g, "...")
  );
}
