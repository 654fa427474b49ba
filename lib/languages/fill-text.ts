/** Fills the tags of a text from a language file with values, without escaping them. Pure. */

/** A tag of a language file: `{{amount}}`. */
export const TEXT_TAG = /\{\{(\w+)\}\}/g;

/** The text with each `{{name}}` replaced by the value of that name; by nothing if there is no such value. */
export function fillText(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(TEXT_TAG, (_tag, name: string) =>
    String(Object.hasOwn(values, name) ? values[name] : ""),
  );
}
