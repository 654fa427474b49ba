/**
 * Rules for every input that a schema cannot express: how deep it can be nested, which names and values it must not
 * contain anywhere, and that it contains no card data. Pure; paths name fields, and values are never quoted.
 */

import { CARD_FIELD_MESSAGE, CARD_NUMBER_MESSAGE, holdsCardNumber, isCardField } from "../card-data.ts";
import { IssueList } from "../issue-list.ts";
import { singleWord } from "../scrub.ts";

/** Levels of objects and arrays, the input itself included. No contract of ours has more than four. */
export const MAX_DEPTH = 16;
/** Characters of a field's name. Stripe accepts 40 in metadata. */
export const MAX_NAME_LENGTH = 200;
/** As much of a name as a path shows. */
const SHOWN_NAME_LENGTH = 60;
/** Names that code that copies objects does not treat as plain fields. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Everything that is wrong with the input's shape, at the paths of its fields. */
export function shapeIssues(value: unknown): IssueList {
  const issues = new IssueList();
  for (const { path, message } of mistakesIn(value, [])) {
    // A path that is not listed is not worth the time that it takes to write.
    if (issues.isFull) issues.addUnlisted(1);
    else issues.add(path.map(shownName).join("."), message);
  }
  return issues;
}

interface Mistake {
  /** The names of the fields, as they were sent. */
  readonly path: readonly string[];
  readonly message: string;
}

function* mistakesIn(value: unknown, path: readonly string[]): Generator<Mistake> {
  const message = valueMessage(value, path.length);
  if (message !== undefined) yield { path, message };
  if (message !== undefined || typeof value !== "object" || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    const at = [...path, name];
    const wrongName = nameMessage(name);
    if (wrongName === undefined) yield* mistakesIn(item, at);
    else yield { path: at, message: wrongName };
  }
}

function valueMessage(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") return textMessage(value);
  if (typeof value === "number") return numberMessage(value);
  const isDeeper = typeof value === "object" && value !== null && depth >= MAX_DEPTH;
  return isDeeper ? `is nested deeper than ${MAX_DEPTH} levels` : undefined;
}

/**
 * A name that a caller chose, as a path shows it: shortened if it is long, and replaced if it is a card number, a secret, an
 * address or several words, because the recipients of problems store, mail and log them.
 */
export function shownName(name: string): string {
  if (holdsCardNumber(name)) return "[card number]";
  const word = singleWord(name.slice(0, MAX_NAME_LENGTH));
  return word.length <= SHOWN_NAME_LENGTH ? word : `${word.slice(0, SHOWN_NAME_LENGTH)}…`;
}

function nameMessage(name: string): string | undefined {
  if (holdsCardNumber(name)) return `has a name that ${CARD_NUMBER_MESSAGE}`;
  if (RESERVED_NAMES.has(name)) return "is a reserved name; choose another";
  if (name.length > MAX_NAME_LENGTH) return `has a name of more than ${MAX_NAME_LENGTH} characters`;
  if (isCardField(name)) return CARD_FIELD_MESSAGE;
  const message = textMessage(name);
  return message === undefined ? undefined : `has a name that ${message}`;
}

function textMessage(text: string): string | undefined {
  if (holdsCardNumber(text)) return CARD_NUMBER_MESSAGE;
  // Text that cannot be encoded as UTF-8 cannot be passed on.
  if (!text.isWellFormed()) return "contains half of a surrogate pair; send well-formed Unicode";
  return holdsControlCharacter(text)
    ? "contains a control character; only tabs and line breaks are accepted"
    : undefined;
}

function holdsControlCharacter(text: string): boolean {
  return /[^\P{Cc}\t\n\r]/u.test(text);
}

function numberMessage(value: number): string | undefined {
  if (!Number.isFinite(value)) return "must be a finite number";
  if (holdsCardNumber(String(value))) return CARD_NUMBER_MESSAGE;
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? `is beyond ±${Number.MAX_SAFE_INTEGER}, where numbers lose digits; send an identifier as text`
    : undefined;
}
