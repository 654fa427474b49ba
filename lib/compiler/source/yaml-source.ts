/**
 * YAML with positions: every node knows its file, line and column, and mistakes are collected rather than thrown one by
 * one. No I/O.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { suggestion } from "../../contract/suggestion.ts";
import { offsetInScalar } from "./scalar-place.ts";
import type { SourceIssue } from "./source-issue.ts";

export interface YamlEntry {
  readonly key: string;
  readonly keyNode: YamlNode;
  readonly value: YamlNode;
}

/** One node of a YAML document. What it is not, it says by undefined. */
export class YamlNode {
  readonly #node: unknown;
  readonly #offset: number;
  readonly #source: YamlSource;

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

  /** What stands in the file, for texts that YAML would read as a number: `version: 1.0`. */
  get written(): string | undefined {
    return isScalar(this.#node) ? (this.text ?? this.#node.source) : undefined;
  }

  get items(): YamlNode[] | undefined {
    return isSeq(this.#node)
      ? this.#node.items.map((item) => new YamlNode(item, this.#offset, this.#source))
      : undefined;
  }

  get entries(): YamlEntry[] | undefined {
    if (!isMap(this.#node)) return undefined;
    return this.#node.items.map((pair) => {
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

  /** Notes that something is wrong here; where `part` of the node's text is, when it is given. */
  issue(message: string, part?: string): void {
    this.#source.add(part === undefined ? this.#offset : this.#offsetOf(part), message);
  }

  /** Notes that something is wrong at the character `index` of this text, wherever that is in the file. */
  issueAt(index: number, message: string): void {
    this.#source.add(this.#offset + offsetInScalar(this.#raw, this.text ?? "", index), message);
  }

  /** As it stands in the file: with quotes, folds and indentation. */
  get #raw(): string {
    const end = isRanged(this.#node) ? (this.#node.range?.[1] ?? this.#offset) : this.#offset;
    return this.#source.text.slice(this.#offset, end);
  }

  #offsetOf(part: string): number {
    return this.#offset + Math.max(0, this.#raw.indexOf(part));
  }

  /** The entries of a map whose keys are all known; notes what is not a map and every unknown key. */
  knownEntries(what: string, known: readonly string[]): YamlEntry[] {
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
}

/** One parsed file and what was found wrong in it so far. */
export class YamlSource {
  readonly file: string;
  readonly text: string;
  readonly root: YamlNode;
  readonly issues: SourceIssue[] = [];
  readonly #lines = new LineCounter();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, merge: false });
    for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
      this.add(pos[0], code === "DUPLICATE_KEY" ? "this key is there before; which value counts?" : message);
    }
    this.root = new YamlNode(document.contents, 0, this);
    this.#refuseAliases(document.contents);
  }

  add(offset: number, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.issues.push({ file: this.file, line: Math.max(1, line), column: Math.max(1, col), message });
  }

  /** An alias can make a small file endless; the dialect has no use for it. */
  #refuseAliases(node: unknown): void {
    if (isAlias(node))
      this.add(node.range?.[0] ?? 0, "aliases (*name) are not part of the dialect; write the value out");
    else if (isSeq(node)) for (const item of node.items) this.#refuseAliases(item);
    else if (isMap(node)) for (const pair of node.items) this.#refuseAliases(pair.value);
  }
}

function isRanged(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}
