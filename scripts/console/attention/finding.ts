/** Something that a person should look at: what is wrong, why, and what repairs it. */
import type { Entry } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";

export interface Repair {
  /** What it does, as an order: "Store the new signing secret". */
  readonly does: string;
  /** To be run in a shell, in the project. For a deployed stage the page adds its name to the commands of npm. */
  readonly command: string;
}

export interface Finding {
  /** The same for as long as it is the same matter: `<kind>` or `<kind>:<what it is about>`. */
  readonly id: string;
  /** What is wrong, in a sentence. */
  readonly title: string;
  /** Why, in one or two sentences. */
  readonly cause: string;
  /** Unix milliseconds. */
  readonly since: number;
  /** The first thing to do comes first. */
  readonly repairs: readonly Repair[];
  /** What it was seen by, newest first. */
  readonly evidence: readonly Entry[];
  /** Ids of what is affected. */
  readonly ids: readonly string[];
}

/** What a detector looks at. */
export interface Scene {
  readonly journal: Journal;
  /** Entries of the last day, newest first. */
  readonly recent: readonly Entry[];
  readonly now: Date;
  /** Undefined for the local stack. */
  readonly stage: string | undefined;
}

/** Finds one kind of trouble. Rejects if it cannot look, for example without a permission. */
export interface Detector {
  /** What it looks for, as in "cannot look for ...". */
  readonly looksFor: string;
  readonly detect: (scene: Scene) => Promise<readonly Finding[]>;
}

/** More than that does not help to see what is wrong. */
const SHOWN = 10;

/** The newest of the entries, and the time of the oldest. */
export function evidenceOf(entries: readonly Entry[]): Pick<Finding, "evidence" | "since" | "ids"> {
  return {
    evidence: entries.slice(0, SHOWN),
    since: entries.at(-1)?.at ?? 0,
    ids: [...new Set(entries.slice(0, SHOWN).flatMap(({ ids }) => ids.filter(isObjectId)))],
  };
}

const isObjectId = (id: string) => /^(?:pi|cus|sub|in|evt|run)[_-]/.test(id);

/** `3 events`, `1 event`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
