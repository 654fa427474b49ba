/**
 * Writes the styles of classes into the tags that have them: many mail programs drop a style sheet. Pure.
 */

/** A rule of styles.css: one class and its declarations. */
const RULE = /\.([\w-]+)\s*\{([^{}]*(?:\{\{[^{}]*\}\}[^{}]*)*)\}/g;
/** `var(--brand-color)` stands for the tag {{brand.color}}. */
const BRAND = /var\(--brand-(\w+)\)/g;
const CLASSES = /\sclass="([^"]*)"/g;

/** By class, its declarations: `color:#fff;margin:0`. Comments are dropped. */
export function stylesIn(css: string): ReadonlyMap<string, string> {
  const rules = css.replaceAll(/\/\*[\s\S]*?\*\//g, "").matchAll(RULE);
  return new Map([...rules].map(([, name = "", declarations = ""]) => [name, compact(declarations)]));
}

/** The HTML with each tag's styles beside its class. `note` receives each class without styles, with its offset. */
export function inlineStyles(
  html: string,
  styles: ReadonlyMap<string, string>,
  note: (offset: number, name: string) => void,
): string {
  return html.replaceAll(CLASSES, (attribute: string, classes: string, offset: number) => {
    const names = classes.split(" ").filter((name) => name !== "");
    for (const name of names) if (!styles.has(name)) note(offset, name);
    const declarations = names.flatMap((name) => styles.get(name) || []);
    return declarations.length === 0 ? attribute : `${attribute} style="${declarations.join(";")}"`;
  });
}

function compact(declarations: string): string {
  return declarations
    .split(";")
    .map((declaration) =>
      declaration
        .trim()
        .replaceAll(/\s+/g, " ")
        .replace(/ *: */, ":")
        .replaceAll('"', "'")
        .replaceAll(BRAND, "{{brand.$1}}"),
    )
    .filter((declaration) => declaration !== "")
    .join(";");
}
