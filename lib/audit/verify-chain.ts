/** Finds what is wrong with one writer's chain. Pure. */
import type { ChainEntry, ChainHead, Link, VerifiedEnding } from "./chain-items.ts";
import { type ClosedEnding, objectPartition } from "./stored-entry.ts";

export interface Finding {
  /** Of the entry, or of the one next to the gap; `-` if there is none. */
  readonly timestamp: string;
  readonly eventId: string;
  /** What is wrong, as the end of a sentence about the entry. */
  readonly wrong: string;
}

/** A link that must exist: `object#<id>` -> entry. */
export interface ExpectedLink extends Link {
  readonly of: ChainEntry;
}

/** A writer's chain, as far as the log still has it. */
export interface Chain {
  /** Entries whose digest is valid, by sequence. */
  readonly valid: Map<number, ChainEntry>;
  /** Places of entries whose digest is not valid or cannot be checked: these are reported, and are not gaps. */
  readonly doubtful: Set<number>;
  head?: ChainHead;
}

export function endingFindings({ valid }: Chain): Finding[] {
  return [...valid.values()].flatMap((entry) =>
    entry.ending === "altered" ? [about(entry, "has an altered ending")] : [],
  );
}

/**
 * Whether TTL may have begun to remove it, and the archive no longer has it either. A chain belongs to one day and expires as a whole; TTL then removes its
 * entries in any order, over some days.
 */
export function hasExpired({ valid, head }: Chain, now: Date): boolean {
  return [...valid.values(), ...(head === undefined ? [] : [head])].some(
    ({ keptUntil }) => keptUntil * 1000 <= now.getTime(),
  );
}

function gapFindings(writer: string, { valid, doubtful, head }: Chain): Finding[] {
  const findings: Finding[] = [];
  const lastThere = lastOf(valid);
  let missing = 0;
  for (let sequence = 1; sequence <= Math.max(lastThere, head?.sequence ?? 0); sequence += 1) {
    const entry = valid.get(sequence);
    if (entry === undefined && !doubtful.has(sequence)) missing += 1;
    if (entry === undefined) continue;
    if (missing > 0)
      findings.push(about(entry, `follows ${entriesOf(missing)} of its writer that ${removed(missing)}`));
    missing = 0;
  }
  if (missing === 0) return findings;
  const last = valid.get(lastThere);
  const tail =
    last === undefined
      ? {
          timestamp: "-",
          eventId: "-",
          wrong: `${entriesOf(missing)} of writer ${writer} ${removed(missing)}`,
        }
      : about(last, `was followed by ${entriesOf(missing)} of its writer that ${removed(missing)}`);
  return [...findings, tail];
}

const entriesOf = (count: number) => (count === 1 ? "an entry" : `${count} entries`);
const removed = (count: number) => (count === 1 ? "was removed" : "were removed");
const lastOf = (valid: ReadonlyMap<number, ChainEntry>) =>
  [...valid.keys()].reduce((a, b) => Math.max(a, b), 0);

/** If every digest is valid this cannot fail, unless somebody with the secret wrote a chain twice. */
function orderFindings({ valid, head }: Chain): Finding[] {
  const findings = [...valid.values()].flatMap((entry) => {
    const before = valid.get(entry.sequence - 1);
    const follows =
      entry.sequence === 1
        ? entry.previous === undefined
        : before === undefined || entry.previous === before.digest;
    return follows ? [] : [about(entry, "does not follow the entry before it")];
  });
  const last = head === undefined ? undefined : valid.get(head.sequence);
  if (last !== undefined && last.digest !== head?.last) {
    findings.push(about(last, "is not the entry that its writer's head names"));
  }
  return findings;
}

/** The latest ending that the chain names, by the sequence of its entry. */
function toldEndings({ valid, head }: Chain): Map<number, ClosedEnding> {
  const told = new Map<number, ClosedEnding>();
  for (const closed of [...[...valid.values()].flatMap((entry) => entry.closed), ...(head?.closed ?? [])]) {
    if ((told.get(closed.sequence)?.revision ?? 0) < closed.revision) told.set(closed.sequence, closed);
  }
  return told;
}

function closedFindings(chain: Chain): Finding[] {
  return [...toldEndings(chain).values()].flatMap((closed) => {
    const entry = chain.valid.get(closed.sequence);
    if (entry === undefined || entry.ending === "altered") return [];
    if (entry.ending === undefined) return [about(entry, "has lost its ending")];
    return isSameOrNewer(entry.ending, closed) ? [] : [about(entry, "has an older ending than it had")];
  });
}

/** A correction may have been stored although its writer did not learn of it. */
function isSameOrNewer(ending: VerifiedEnding, closed: ClosedEnding): boolean {
  return (
    ending.revision > closed.revision ||
    (ending.revision === closed.revision && ending.digest === closed.digest)
  );
}

/** Links are written concurrently with an entry or ending, so they certainly exist only once the chain names it. */
export function expectedLinks(chain: Chain): ExpectedLink[] {
  const told = toldEndings(chain);
  const begun = Math.max(lastOf(chain.valid) - 1, chain.head?.sequence ?? 0);
  return [...chain.valid.values()].flatMap((entry) => {
    const closed = told.get(entry.sequence);
    const ending = entry.ending === "altered" ? undefined : entry.ending;
    const ids = [
      ...(entry.sequence <= begun || closed !== undefined ? entry.objects : []),
      ...(ending !== undefined && ending.revision === closed?.revision ? ending.objects : []),
    ];
    return ids.map((id) => ({
      partition: objectPartition(id),
      sort: entry.sort,
      entry: entry.partition,
      expiresAt: entry.keptUntil,
      writer: entry.writer,
      sequence: entry.sequence,
      of: entry,
    }));
  });
}

export const about = ({ timestamp, eventId }: ChainEntry, wrong: string): Finding => ({
  timestamp,
  eventId,
  wrong,
});

/** The head is stored before the first entry. */
function headFindings({ valid, head }: Chain): Finding[] {
  const last = valid.get(lastOf(valid));
  return head !== undefined || last === undefined
    ? []
    : [about(last, "is of a writer whose head was removed")];
}

/** The place of the writer's last entry that is certain to have been stored. */
export const lastCertain = ({ valid, head }: Chain): number => Math.max(lastOf(valid), head?.sequence ?? 0);

/** Finds entries that are missing, out of order, or without their ending. */
export const chainFindings = (writer: string, chain: Chain): Finding[] => [
  ...gapFindings(writer, chain),
  ...orderFindings(chain),
  ...closedFindings(chain),
  ...headFindings(chain),
];
