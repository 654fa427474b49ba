/** Reads functions/send-email/layout/: what is around every mail, the parts that several mails include, and their styles. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { TextSource } from "../../lib/compiler/source/text-source.ts";
import { checkTags } from "../../lib/compiler/template/check-tags.ts";
import { inlineStyles, stylesIn } from "../../lib/compiler/template/inline-styles.ts";
import type { Partials } from "../../lib/compiler/template/load-template.ts";
import { BRAND_TAGS } from "../../lib/email/brand.ts";
import type { MailLayout } from "../../lib/email/template.ts";

const FOLDER = "functions/send-email/layout";
/** What the layout includes of the mail. */
const CONTENT = { body: "", preheader: "" };

export interface ReadLayout {
  /** With its styles in its tags. */
  readonly layout: MailLayout;
  /** The parts as they are written, for the check of the mails that include them. */
  readonly parts: Partials;
  /** By class. */
  readonly styles: ReadonlyMap<string, string>;
  readonly issues: readonly SourceIssue[];
}

/** The layout below `root`; without one, a mail is its content alone. */
export function readLayout(root: string): ReadLayout {
  const issues: SourceIssue[] = [];
  const textOf = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
  const styles = stylesIn(textOf(`${FOLDER}/styles.css`) ?? "");
  const read = (file: string, isChecked: boolean): string => {
    const source = new TextSource(file, textOf(file) ?? "{{>body}}");
    // A part shows the tags of the mail that includes it: it is checked there.
    if (isChecked)
      checkTags(source.text, { data: {}, made: BRAND_TAGS, partials: CONTENT }, (offset, message) =>
        source.add(offset, message),
      );
    const styled = file.endsWith(".html")
      ? inlineStyles(source.text, styles, (offset, name) =>
          source.add(offset, `styles.css has no class "${name}"`),
        )
      : source.text;
    issues.push(...source.issues);
    return styled;
  };
  const partsOf = (ending: string, textIn: (file: string) => string) =>
    Object.fromEntries(
      globSync(`${FOLDER}/*${ending}`, { cwd: root })
        .sort()
        .filter((file) => basename(file, ending) !== "layout")
        .map((file) => [basename(file, ending), textIn(file)]),
    );
  const asWritten = (file: string) => textOf(file) ?? "";
  const inlined = (file: string) => read(file, false);
  return {
    layout: {
      html: read(`${FOLDER}/layout.html`, true),
      text: read(`${FOLDER}/layout.txt`, true),
      htmlParts: partsOf(".html", inlined),
      textParts: partsOf(".txt", asWritten),
    },
    parts: { html: partsOf(".html", asWritten), text: partsOf(".txt", asWritten) },
    styles,
    issues,
  };
}
