/**
 * A writer: one chain of audit entries, of one execution environment and one UTC day. It hands out one place in the
 * chain at a time, and the next only when the last one's entry is stored. So a failed write never leaves a hole in the
 * chain. No I/O, no clock.
 */

import { randomUUID } from "node:crypto";
import type { Item } from "../aws/dynamodb.ts";
import { present } from "../present.ts";
import type { AuditKey } from "./audit-key.ts";
import type { Lifetime } from "./retention.ts";
import {
  type ChainLink,
  type ClosedEnding,
  type HeldEnding,
  headDigest,
  headPartition,
} from "./stored-entry.ts";

export class Writer {
  readonly id = randomUUID();
  readonly day: string;
  /** Of each entry and of the head. */
  readonly lifetime: Lifetime;
  #sequence = 0;
  #digest: string | undefined;
  #headVersion = 0;
  /** Endings that are stored, but not named in a stored entry yet. */
  readonly #closed = new Map<number, ClosedEnding>();
  /** Endings that are being stored. */
  readonly #held = new Map<number, HeldEnding>();

  constructor(day: string, lifetime: Lifetime) {
    this.day = day;
    this.lifetime = lifetime;
  }

  /** The place of the next entry. */
  next(): ChainLink {
    return {
      writer: this.id,
      sequence: this.#sequence + 1,
      ...present({ previous: this.#digest }),
      closed: this.#closedEndings(),
    };
  }

  /** Notes that the entry at the place from `next` is stored. */
  advance(entry: ChainLink & { readonly digest: string }): void {
    this.#sequence = entry.sequence;
    this.#digest = entry.digest;
    for (const told of entry.closed) {
      if (this.#closed.get(told.sequence)?.revision === told.revision) this.#closed.delete(told.sequence);
    }
  }

  /** Notes that an entry's first ending is being stored: until `close` or `letGo`, the head contains it. */
  hold(ending: HeldEnding): void {
    this.#held.set(ending.sequence, ending);
  }

  /** Notes that the ending which `hold` has noted could not be stored. */
  letGo(sequence: number): void {
    this.#held.delete(sequence);
  }

  /** Notes that an ending is stored. */
  close(ending: ClosedEnding): void {
    this.#held.delete(ending.sequence);
    if ((this.#closed.get(ending.sequence)?.revision ?? 0) < ending.revision) {
      this.#closed.set(ending.sequence, ending);
    }
  }

  /** The current head: how far the chain goes, and the endings that no entry names yet; those that are being stored as a whole. */
  head(key: AuditKey): Item & { readonly version: number } {
    this.#headVersion += 1;
    const head = {
      partition: headPartition(this.day),
      sort: this.id,
      ...this.lifetime,
      sequence: this.#sequence,
      ...present({ last: this.#digest }),
      closed: this.#closedEndings(),
      ...present({ held: this.#heldEndings() }),
      version: this.#headVersion,
      keyId: key.keyId,
    };
    return { ...head, digest: headDigest(key, head) };
  }

  #closedEndings(): ClosedEnding[] {
    return [...this.#closed.values()].sort((a, b) => a.sequence - b.sequence);
  }

  #heldEndings(): HeldEnding[] | undefined {
    if (this.#held.size === 0) return undefined;
    return [...this.#held.values()].sort((a, b) => a.sequence - b.sequence);
  }
}
