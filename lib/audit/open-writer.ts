/**
 * Keeps the writers of this execution environment, and stores their heads. On Lambda, calls come one after another and
 * share one writer. If they overlap, as the messages of one batch do, each overlapping call gets another writer.
 */
import { putItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { describeCause, log } from "../log.ts";
import type { AuditKey } from "./audit-key.ts";
import { lifetimeOf } from "./retention.ts";
import { dayOf } from "./stored-entry.ts";
import { Writer } from "./writer.ts";

const HEAD_IS_NEW = "attribute_not_exists(#partition)";
/** An attempt that takes longer gets a head that names its entry before it has ended. */
export const HEAD_AFTER_MS = 1_000;
/** A request that was given up can still arrive late. */
const STORED_HEAD_IS_OLDER = "#version < :version";

export class OpenWriter {
  readonly writer: Writer;
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #announced = false;

  constructor(writer: Writer) {
    this.writer = writer;
  }

  /**
   * Stores the first head, once, before the writer's first entry: so entries without a head show that the head was
   * removed. Throws SERVICE_UNAVAILABLE.
   */
  async announce(key: AuditKey): Promise<void> {
    if (this.#announced) return;
    await putHead(this.writer, key);
    this.#announced = true;
  }

  /**
   * Stores the current head, at the latest when a write in progress has ended; calls in between share one write. Never
   * rejects: the log is complete without a head, only its end is less well protected.
   */
  writeHead(key: AuditKey): Promise<void> {
    this.#waiting ??= this.#writing.then(() => {
      this.#waiting = undefined;
      this.#writing = tryToPutHead(this.writer, key);
      return this.#writing;
    });
    return this.#waiting;
  }

  /**
   * Stores the current head in a second, so that the entry of an attempt that is cut off later cannot be removed unnoticed.
   * An attempt that ends before that calls what this returns: then its ending brings the head.
   */
  writeHeadLater(key: AuditKey): () => void {
    const timer = setTimeout(() => void this.writeHead(key), HEAD_AFTER_MS).unref();
    return () => clearTimeout(timer);
  }
}

async function putHead(writer: Writer, key: AuditKey): Promise<void> {
  const head = writer.head(key);
  await putItem(env("AUDIT_LOG_TABLE"), head, {
    expression: `${HEAD_IS_NEW} OR ${STORED_HEAD_IS_OLDER}`,
    names: { "#partition": "partition", "#version": "version" },
    values: { ":version": head.version },
  });
}

async function tryToPutHead(writer: Writer, key: AuditKey): Promise<void> {
  try {
    await putHead(writer, key);
  } catch (cause) {
    log("warn", { event: "audit.head-not-written", auditWriter: writer.id, cause: describeCause(cause) });
  }
}

let idle: OpenWriter[] = [];

/** A writer for entries of that time, only for this caller until it is given back. Otherwise it is never used again. */
export function takeWriter(time: Date): OpenWriter {
  const day = dayOf(time);
  idle = idle.filter(({ writer }) => writer.day === day);
  return idle.pop() ?? new OpenWriter(new Writer(day, lifetimeOf(day)));
}

/** Only after the entry at the writer's last place was stored. */
export function giveBackWriter(open: OpenWriter): void {
  idle.push(open);
}
