/** The fenced code blocks of the project's Markdown files. */
import { globSync, readFileSync } from "node:fs";

export interface DocumentedBlock {
  readonly file: string;
  /** Of the opening fence, counted from 1. */
  readonly line: number;
  /** The first word behind the fence, such as `ts`; empty if there is none. */
  readonly language: string;
  /** What follows it, such as the name of a file. */
  readonly label: string;
  /** Without the indentation of the fence. */
  readonly text: string;
}

/** Every committed Markdown file. */
export const MARKDOWN_FILES: readonly string[] = globSync("**/*.md", {
  exclude: (name) => /(^|\/)(node_modules|generated|dist|\.[^/]+)$/.test(name),
}).sort();

/** Throws an Error for a fence that is never closed. */
export function blocksIn(file: string, markdown = readFileSync(file, "utf8")): readonly DocumentedBlock[] {
  const blocks: DocumentedBlock[] = [];
  let open: { fence: string; indent: string; info: string; line: number; lines: string[] } | undefined;
  for (const [index, text] of markdown.split("\n").entries()) {
    const [, indent = "", fence = "", info = ""] = /^([ >]*)(`{3,}|~{3,})([^`]*)$/.exec(text) ?? [];
    if (open === undefined) {
      if (fence !== "") open = { fence, indent, info: info.trim(), line: index + 1, lines: [] };
    } else if (fence.startsWith(open.fence) && info.trim() === "") {
      const [language = "", ...label] = open.info.split(/\s+/);
      const block = { file, line: open.line, language, label: label.join(" ") };
      blocks.push({ ...block, text: open.lines.map((line) => `${line}\n`).join("") });
      open = undefined;
    } else open.lines.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text.trimStart());
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: this code block is never closed`);
  return blocks;
}

/** The block of this file whose label is `name`. Throws if there is none. */
export function blockNamed(file: string, name: string): DocumentedBlock {
  const block = blocksIn(file).find(({ label }) => label === name);
  if (block === undefined) throw new Error(`${file} has no code block that is called ${name}`);
  return block;
}
