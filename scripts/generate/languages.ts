/**
 * languages/*.yml -> generated/languages/: one module for each section, so that a function bundles only the texts that it shows,
 * and index.ts with the languages themselves.
 */
import type { LanguageFile, Texts } from "../../lib/compiler/language/load-language.ts";
import { BANNER, type Output } from "./output.ts";

/** Writes the modules. */
export function generateLanguages(output: Output, languages: readonly LanguageFile[]): void {
  const names = languages.map(
    ({ language, name }) => `  ${JSON.stringify(language)}: ${JSON.stringify(name)},\n`,
  );
  output.write(
    "languages/index.ts",
    `${BANNER}/** What each language calls itself, by the name of its file. */
export const languageNames: Readonly<Record<string, string>> = {
${names.join("")}};

/** The languages that there are. */
export const languages: readonly string[] = Object.keys(languageNames);
`,
  );
  for (const [section, english] of Object.entries(languages[0]?.sections ?? {})) {
    const texts = languages.map(
      ({ language, sections }) =>
        `  ${JSON.stringify(language)}: () => (${JSON.stringify(sections[section] ?? {})}),\n`,
    );
    // Functions, so that a start creates the texts of no language: most calls need one of them, or none.
    output.write(
      `languages/${section}.ts`,
      `${BANNER}/** The texts of the section "${section}" of languages/en.yml. */
export type Texts = ${typeOf(english)};

const english = (): Texts => (${JSON.stringify(english)});
const all: Readonly<Record<string, () => Texts>> = {
${texts.slice(1).join("")}};
const used = new Map<() => Texts, Texts>();

/** The texts in this language; in English if there is no such language. */
export function textsIn(language: string): Texts {
  const make = (Object.hasOwn(all, language) ? all[language] : undefined) ?? english;
  const texts = used.get(make) ?? make();
  used.set(make, texts);
  return texts;
}
`,
    );
  }
}

function typeOf(texts: Texts): string {
  const fields = Object.entries(texts).map(
    ([name, value]) =>
      `readonly ${JSON.stringify(name)}: ${typeof value === "string" ? "string" : typeOf(value)}`,
  );
  return `{ ${fields.join("; ")} }`;
}
