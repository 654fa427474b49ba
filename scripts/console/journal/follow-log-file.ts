/** Reads the log files of the local stack, and what is added to them from then on, into the journal. */
import { unwatchFile, watchFile } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fieldOf, numberOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import { olderPart } from "../../../local/logs/log-file.ts";
import type { Entry } from "./entry.ts";
import { digestOf, entryOfLogLine, withStripeRequest } from "./entry-of-log-line.ts";
import type { Journal } from "./journal.ts";
import { LineSplitter } from "./log-lines.ts";

/** How often the file is looked at, in milliseconds. */
const LOOK_EVERY_MS = 250;
/** Read and understood at once: some milliseconds, after which the server responds to what waits. */
const CHUNK_BYTES = 64 * 1024;
const MOST_DIGESTS = 10_000;

export interface Following {
  /** Resolves once everything is read that there is now. */
  caughtUp(): Promise<void>;
  stop(): void;
}

export interface LogFileOptions {
  /** What the names of the stage's functions begin with, such as `contractspec-stripe-dev-`. */
  readonly prefix: string;
  /** Whether the log is all that is known about the requests to Stripe: then they have entries of their own. */
  readonly hasStripeRequests: boolean;
}

/** The file does not have to exist yet. */
export function followLogFile(file: string, options: LogFileOptions, journal: Journal): Following {
  const reader = new LogReader(file, options, journal);
  let reading: Promise<void> = Promise.resolve();
  const look = () => {
    // What cannot be read now is read at the next look.
    reading = reading.then(() => reader.readOn()).catch(() => undefined);
    return reading;
  };
  watchFile(file, { interval: LOOK_EVERY_MS }, () => void look());
  journal.isReading = true;
  void look().then(() => {
    journal.isReading = false;
  });
  return { caughtUp: look, stop: () => unwatchFile(file) };
}

class LogReader {
  readonly #file: string;
  readonly #options: LogFileOptions;
  readonly #journal: Journal;
  readonly #lines = new LineSplitter();
  /** How often each of the latest lines has come. */
  readonly #repeated = new Map<string, number>();
  /** Which file the position belongs to. */
  #identity: string | undefined;
  #position = 0;

  constructor(file: string, options: LogFileOptions, journal: Journal) {
    this.#file = file;
    this.#options = options;
    this.#journal = journal;
  }

  async readOn(): Promise<void> {
    const older = await opened(olderPart(this.#file));
    const current = await opened(this.#file);
    try {
      await this.#readBoth(older, current);
    } finally {
      await older?.close();
      await current?.close();
    }
  }

  async #readBoth(older: FileHandle | undefined, current: FileHandle | undefined): Promise<void> {
    // The file was full and became the older part: what it got last is still to be read. At first, all of it is.
    if (older !== undefined && [undefined, await identityOf(older)].includes(this.#identity)) {
      await this.#readRest(older);
      this.#identity = undefined;
    }
    if (current === undefined) return;
    const identity = await identityOf(current);
    const isShorter = (await current.stat()).size < this.#position;
    if (identity !== this.#identity || isShorter) {
      this.#position = 0;
      this.#lines.clear();
    }
    this.#identity = identity;
    await this.#readRest(current);
  }

  async #readRest(file: FileHandle): Promise<void> {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let bytesRead = 0;
    do {
      ({ bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, this.#position));
      this.#position += bytesRead;
      const lines = this.#lines.take(buffer.subarray(0, bytesRead));
      this.#journal.add(lines.flatMap((line) => this.#entriesOf(line)));
      await nextTurn();
    } while (bytesRead > 0);
  }

  #entriesOf(text: string): Entry[] {
    const { prefix, hasStripeRequests } = this.#options;
    const line = parseJson(text);
    const at = numberOf(fieldOf(line, "timestamp"));
    const log = textOf(fieldOf(line, "log"));
    const message = textOf(fieldOf(line, "message"));
    if (at === undefined || log === undefined || message === undefined) return [];
    const functionName = log.replace(`/aws/lambda/${prefix}`, "");
    const lineId = this.#lineId(functionName, at, message);
    const entry = entryOfLogLine({ at, message, functionName, lineId });
    if (entry === undefined) return [];
    return hasStripeRequests ? withStripeRequest(entry) : [entry];
  }

  /** Equal lines are of the same millisecond, so the digests of earlier ones need not be kept. */
  #lineId(functionName: string, at: number, message: string): string {
    const digest = digestOf(functionName, at, message);
    const number = (this.#repeated.get(digest) ?? 0) + 1;
    this.#repeated.set(digest, number);
    if (this.#repeated.size > MOST_DIGESTS) this.#repeated.delete(this.#repeated.keys().next().value ?? "");
    return number === 1 ? digest : `${digest}-${number}`;
  }
}

async function opened(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch {
    // The stack has not written it yet.
    return undefined;
  }
}

/** A file that is made after another was deleted can get the same number. */
async function identityOf(file: FileHandle): Promise<string> {
  const { ino, birthtimeMs } = await file.stat();
  return `${ino} ${birthtimeMs}`;
}
