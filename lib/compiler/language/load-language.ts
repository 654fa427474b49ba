/**
 * Reads and checks the language files, languages/<language>.yml. English says which texts there are and which tags each has;
 * every other language has the same, no fewer and no more. No I/O: the caller hands in the texts.
 */
import { suggestion } from "../../contract/suggestion.ts";
import { LAST_RESORT, localeOf } from "../../languages/choose-language.ts";
import { TEXT_TAG } from "../../languages/fill-text.ts";
import type { SourceIssue } from "../source/source-issue.ts";
import { type YamlNode, YamlSource } from "../source/yaml-source.ts";

/** Texts by name; they can be grouped. */
export interface Texts {
  readonly [name: string]: string | Texts;
}

export interface LanguageFile {
  /** BCP 47, the file's name. */
  readonly language: string;
  /** The language's own name for itself. */
  readonly name: string;
  /** All other entries: the sections, each for one kind of reader. */
  readonly sections: Readonly<Record<string, Texts>>;
}

export interface Languages {
  /** English first, then by name. */
  readonly languages: readonly LanguageFile[];
  readonly issues: readonly SourceIssue[];
}

const NAME = "name";
const KEY = /^[A-Za-z][\w-]*$/;

/** The languages in these files: `path` is `languages/de.yml`. */
export function readLanguages(files: readonly { readonly path: string; readonly text: string }[]): Languages {
  const sources = files.map(({ path, text }) => ({
    language: path.replace(/^.*\//, "").replace(/\.yml$/, ""),
    source: new YamlSource(path, text),
  }));
  const english = sources.find(({ language }) => language === LAST_RESORT);
  if (english === undefined) {
    const message = "there must be an English file: it says which texts there are";
    const file = `languages/${LAST_RESORT}.yml`;
    return { languages: [], issues: files.length === 0 ? [] : [{ file, line: 1, column: 1, message }] };
  }
  const texts = readTexts(english.source.root, "");
  const others = sources.filter((other) => other !== english);
  for (const { language, source } of others) {
    if (localeOf(language) !== language || Intl.NumberFormat.supportedLocalesOf(language).length === 0)
      source.root.issue(
        `"${language}" is not a language that Intl can write numbers and dates in: name the file as BCP 47 does, such as de or pt-BR`,
      );
    compare(source.root, english.source.root, "");
  }
  return {
    languages: [
      languageFile(english.language, texts),
      ...others.map(({ language, source }) => languageFile(language, readTexts(source.root, ""))),
    ],
    issues: sources.flatMap(({ source }) => source.issues),
  };
}

function languageFile(language: string, { [NAME]: name, ...rest }: Texts): LanguageFile {
  const sections = Object.entries(rest).flatMap(([section, texts]) =>
    typeof texts === "string" ? [] : [[section, texts] as const],
  );
  return {
    language,
    name: typeof name === "string" ? name : language,
    sections: Object.fromEntries(sections),
  };
}

/** The texts of a map; notes what is neither a text nor a map. */
function readTexts(node: YamlNode, path: string): Texts {
  const { entries } = node;
  if (entries === undefined) {
    node.issue(`${path === "" ? "a language file" : path} must be a map of texts`);
    return {};
  }
  return Object.fromEntries(
    entries.map(({ key, keyNode, value }): [string, string | Texts] => {
      const here = path === "" ? key : `${path}.${key}`;
      if (!KEY.test(key)) keyNode.issue(`"${key}" is not a name: use letters, digits, _ and -`);
      if (value.entries !== undefined) return [key, readTexts(value, here)];
      checkText(value, here);
      return [key, value.text ?? ""];
    }),
  );
}

/** The texts of a mail stand in HTML and in plain text, so neither may need another way of writing. */
function checkText(node: YamlNode, path: string): void {
  const { text } = node;
  if (text === undefined || text.trim() === "") {
    node.issue(`${path} must be text`);
    return;
  }
  const [wrong] = /[<>&]/.exec(text) ?? [];
  if (wrong !== undefined)
    node.issue(`${path} contains "${wrong}", which means something else in HTML; write it in words`, wrong);
  if (/[{}]/.test(text.replaceAll(TEXT_TAG, "")))
    node.issue(`${path} contains a brace that is not part of a tag such as {{name}}`);
}

function tagsIn(text: string): string[] {
  return [...new Set([...text.matchAll(TEXT_TAG)].map(([tag]) => tag))].sort();
}

/** Notes where `node` has other texts than English, or a text other tags. */
function compare(node: YamlNode, english: YamlNode, path: string): void {
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  const wanted = english.entries ?? [];
  const entries = node.entries ?? [];
  const known = wanted.map(({ key }) => key);
  const missing = known.filter((key) => entries.every((entry) => entry.key !== key));
  for (const key of missing) node.issue(`the text ${at(key)} is missing; English has it`);
  for (const { key, keyNode, value } of entries) {
    const original = wanted.find((entry) => entry.key === key)?.value;
    if (original === undefined)
      keyNode.issue(`unknown text ${at(key)}: English does not have it${suggestion(key, missing)}`);
    else if (original.entries !== undefined || value.entries !== undefined)
      compareKinds(value, original, at(key));
    else compareTags(value, original, at(key));
  }
}

function compareKinds(node: YamlNode, english: YamlNode, path: string): void {
  if ((node.entries === undefined) === (english.entries === undefined)) compare(node, english, path);
  else
    node.issue(
      `${path} must be ${english.entries === undefined ? "a text" : "a map of texts"}, as in English`,
    );
}

function compareTags(node: YamlNode, english: YamlNode, path: string): void {
  if (node.text === undefined || node.text.trim() === "") return;
  const [has, wanted] = [tagsIn(node.text ?? ""), tagsIn(english.text ?? "")];
  const missing = wanted.filter((tag) => !has.includes(tag));
  const extra = has.filter((tag) => !wanted.includes(tag));
  if (missing.length > 0) node.issue(`${path} lacks ${missing.join(", ")}, which English has`);
  for (const tag of extra) node.issue(`${path} has ${tag}, which English does not have`, tag);
}
