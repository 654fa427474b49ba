/** Reads the log file of the local stack, and what is added to it from then on, into the journal. */
import { createReadStream, existsSync, statSync, unwatchFile, watchFile } from "node:fs";
import { fieldOf, numberOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import { entryOfLogLine } from "./entry-of-log-line.ts";
import type { Journal } from "./journal.ts";

/** How often the file is looked at, in milliseconds. */
const LOOK_EVERY_MS = 250;

export interface Following {
  /** Resolves once everything is read that the file has now. */
  caughtUp(): Promise<void>;
  stop(): void;
}

/** `prefix` is what the names of the stage's functions begin with, such as `contractspec-stripe-dev-`. */
export function followLogFile(file: string, prefix: string, journal: Journal): Following {
  let position = 0;
  let rest = "";
  let reading: Promise<void> = Promise.resolve();
  const readOn = async () => {
    const size = existsSync(file) ? statSync(file).size : 0;
    // The stack has begun another file.
    if (size < position) [position, rest] = [0, ""];
    if (size === position) return;
    const lines: string[] = [];
    for await (const chunk of createReadStream(file, { start: position, end: size - 1, encoding: "utf8" })) {
      const parts = `${rest}${chunk}`.split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
    }
    position = size;
    journal.add(lines.flatMap((line) => entryOf(line, prefix) ?? []));
  };
  const look = () => {
    reading = reading.then(readOn);
    return reading;
  };
  watchFile(file, { interval: LOOK_EVERY_MS }, () => void look());
  void look();
  return { caughtUp: look, stop: () => unwatchFile(file) };
}

function entryOf(text: string, prefix: string) {
  const line = parseJson(text);
  const at = numberOf(fieldOf(line, "timestamp"));
  const log = textOf(fieldOf(line, "log"));
  const message = textOf(fieldOf(line, "message"));
  if (at === undefined || log === undefined || message === undefined) return undefined;
  return entryOfLogLine({ at, message, functionName: log.replace(`/aws/lambda/${prefix}`, "") });
}
