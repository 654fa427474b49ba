/**
 * YAML with positions: every node knows its file, line and column, and mistakes are collected rather than thrown one by
 * one. No I/O.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { nearest, suggestion } from "../../contract/suggestion.ts";
import type { KeyTable } from "./key-table.ts";
import { offsetInScalar } from "./scalar-place.ts";
import type { SourceIssue } from "./source-issue.ts";

export interface YamlEntry {
  readonly key: string;
  readonly keyNode: YamlNode;
  readonly value: YamlNode;
}

/** One node of a YAML document. A getter for another kind of node returns undefined. */
export class YamlNode {
  readonly #node: unknown;
  readonly #offset: number;
  readonly #source: YamlSource;
  /** Read once: readers ask for them again and again. */
  #entries: readonly YamlEntry[] | undefined;

  constructor(node: unknown, offset: number, source: YamlSource) {
    this.#node = node;
    this.#offset = isRanged(node) ? (node.range?.[0] ?? offset) : offset;
    this.#source = source;
  }

  /** The plain value: maps as objects, sequences as arrays. */
  get value(): unknown {
    if (isScalar(this.#node)) return this.#node.value ?? null;
    if (isSeq(this.#node)) return this.items?.map((item) => item.value);
    if (isMap(this.#node))
      return Object.fromEntries((this.entries ?? []).map((entry) => [entry.key, entry.value.value]));
    return null;
  }

  get text(): string | undefined {
    const { value } = this;
    return typeof value === "string" ? value : undefined;
  }

  /** Of its beginning, from 1. */
  get line(): number {
    return this.#source.lineAt(this.#offset);
  }

  /** The text as written, for values that YAML would read as a number: `version: 1.0`. */
  get written(): string | undefined {
    return isScalar(this.#node) ? (this.text ?? this.#node.source) : undefined;
  }

  get items(): YamlNode[] | undefined {
    return isSeq(this.#node)
      ? this.#node.items.map((item) => new YamlNode(item, this.#offset, this.#source))
      : undefined;
  }

  get entries(): readonly YamlEntry[] | undefined {
    this.#entries ??= isMap(this.#node) ? this.#entriesOf(this.#node) : undefined;
    return this.#entries;
  }

  #entriesOf(map: YAMLMap): readonly YamlEntry[] {
    return map.items.map((pair) => {
      const keyNode = new YamlNode(pair.key, this.#offset, this.#source);
      return {
        key: String(keyNode.written ?? ""),
        keyNode,
        value: new YamlNode(pair.value, keyNode.#offset, this.#source),
      };
    });
  }

  get(key: string): YamlNode | undefined {
    return this.entries?.find((entry) => entry.key === key)?.value;
  }

  /** Notes that something is wrong here; if `part` is given, where that part of the node's text is. */
  issue(message: string, part?: string): void {
    this.#source.add(part === undefined ? this.#offset : this.#offsetOf(part), message);
  }

  /** Notes that something is wrong at the character `index` of this text, wherever that is in the file. */
  issueAt(index: number, message: string): void {
    this.#source.add(this.#offset + offsetInScalar(this.#raw, this.text ?? "", index), message);
  }

  /** As written in the file: with quotes, folds and indentation. */
  get #raw(): string {
    const end = isRanged(this.#node) ? (this.#node.range?.[1] ?? this.#offset) : this.#offset;
    return this.#source.text.slice(this.#offset, end);
  }

  #offsetOf(part: string): number {
    return this.#offset + Math.max(0, this.#raw.indexOf(part));
  }

  /** The entries of a map whose keys are in `table`; notes every other key, and a value that is not a map. */
  knownEntries(what: string, table: KeyTable): readonly YamlEntry[] {
    const known = Object.keys(table);
    const entries = this.entries;
    if (entries === undefined) {
      this.issue(`${what} must be a map of ${known.join(", ")}`);
      return [];
    }
    return entries.filter(({ key, keyNode }) => {
      if (known.includes(key)) return true;
      keyNode.issue(`unknown key "${key}" in ${what}${suggestion(key, known)}`);
      return false;
    });
  }

  /**
   * Whether `key` of `table` is missing from this map. False if `knownEntries` reports the mistake behind it: the key is
   * misspelled, or this is not a map.
   */
  lacks(key: string, table: KeyTable): boolean {
    const known = Object.keys(table);
    const entries = this.entries;
    if (entries === undefined) return false;
    return entries.every(
      (entry) => entry.key !== key && (known.includes(entry.key) || nearest(entry.key, known) !== key),
    );
  }
}

/** The parser's own messages for these are meant for programmers. */
const MESSAGES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key is repeated; keep only one of its values",
  MULTIPLE_DOCS:
    "this file contains two documents, and the second begins here; put each in its own file, without the line ---",
};

interface Parsed {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** More texts than any project has. */
const PARSED_AT_MOST = 1000;
const parsed = new Map<string, Parsed>();

/** Nothing changes what is parsed, so a process that reads a project more than once parses each of its texts once. */
function parse(text: string): Parsed {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false });
  if (parsed.size >= PARSED_AT_MOST) parsed.clear();
  parsed.set(text, { document, lines });
  return { document, lines };
}

/** One parsed file and the issues found in it so far. */
export class YamlSource {
  readonly file: string;
  readonly text: string;
  readonly root: YamlNode;
  readonly issues: SourceIssue[] = [];
  readonly #lines: LineCounter;
  /** Whether the file is not valid YAML: any other issue found in it would follow from that. */
  readonly #isUnreadable: boolean = false;
  readonly #aliases = new Set<number>();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const { document, lines } = parse(text);
    this.#lines = lines;
    const unreadable = document.errors.findIndex(({ code }) => code !== "DUPLICATE_KEY");
    // The parser loses track at the first such error, and the other errors follow from it.
    const errors = unreadable < 0 ? document.errors : document.errors.slice(0, unreadable + 1);
    for (const { code, message, pos } of [...errors, ...document.warnings]) {
      this.add(pos[0], MESSAGES[code] ?? message);
    }
    this.#isUnreadable = unreadable >= 0;
    this.root = new YamlNode(document.contents, 0, this);
    this.#refuseAliases(document.contents);
  }

  /** The line of this offset, from 1. */
  lineAt(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }

  add(offset: number, message: string): void {
    // An alias has no value, and every reader would report that as a separate mistake.
    if (this.#isUnreadable || this.#aliases.has(offset)) return;
    const { line, col } = this.#lines.linePos(offset);
    this.issues.push({ file: this.file, line: Math.max(1, line), column: Math.max(1, col), message });
  }

  /** An alias can make a small file endless; the dialect has no use for it. */
  #refuseAliases(node: unknown): void {
    if (isAlias(node)) {
      const offset = node.range?.[0] ?? 0;
      this.add(offset, "aliases (*name) are not part of the dialect; write the value out");
      this.#aliases.add(offset);
    } else if (isSeq(node)) for (const item of node.items) this.#refuseAliases(item);
    else if (isMap(node)) for (const pair of node.items) this.#refuseAliases(pair.value);
  }
}

function isRanged(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}
