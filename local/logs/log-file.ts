/**
 * The log of the local stack's functions in a file, as CloudWatch Logs would keep it: for `npm run affected`. It is for people, so a
 * line that a sudden end of the process takes with it is no loss.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fieldOf, numberOf, parseJson, textOf } from "../../lib/untrusted.ts";
import type { LogLine } from "./query.ts";

export interface LogFile {
  /** Adds a line of the function. */
  write(functionName: string, message: string): void;
  /** Ends it. The log of a stack that kept nothing else is deleted. */
  close(): Promise<void>;
}

/** Two files of this size are kept: weeks of work on a laptop, and the last minutes of a storm. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The file of the stack whose API is on this port. Everything in .local/ is ignored by git. */
export const logFileOf = (serviceDirectory: string, port: number) =>
  join(serviceDirectory, ".local", "logs", `${port}.jsonl`);

/** What the file was before it was full. */
export const olderPart = (file: string) => `${file}.old`;

/** Deletes the log: of a state that is deleted, too. */
export function forgetLog(file: string): void {
  for (const part of [file, olderPart(file)]) rmSync(part, { force: true });
}

/** Opens the file for this process. `isKept`: whether the stack has a state that outlives it, and the log of that. */
export function openLogFile(file: string, isKept: boolean): LogFile {
  mkdirSync(dirname(file), { recursive: true });
  if (!isKept) forgetLog(file);
  let size = existsSync(file) ? statSync(file).size : 0;
  // The last line of a stack that was killed can lack its end.
  if (size > 0) appendFileSync(file, "\n");
  let isClosed = false;
  return {
    write: (functionName, message) => {
      if (isClosed) return;
      if (size > MOST_BYTES) {
        renameSync(file, olderPart(file));
        size = 0;
      }
      const timestamp = Date.parse(textOf(fieldOf(parseJson(message), "timestamp")) ?? "") || Date.now();
      const line = `${JSON.stringify({ timestamp, log: `/aws/lambda/${functionName}`, message })}\n`;
      appendFileSync(file, line);
      size += line.length;
    },
    close: async () => {
      isClosed = true;
      if (!isKept) forgetLog(file);
    },
  };
}

/**
 * The lines of the file from `from` until before `to`; undefined if no stack has written it. `containing`: only lines with one of these
 * texts, which is seen without parsing the others.
 */
export function readLogFile(
  file: string,
  { from, to }: { readonly from: Date; readonly to: Date },
  containing?: readonly string[],
): LogLine[] | undefined {
  if (!existsSync(file)) return undefined;
  const isWanted = (text: string) =>
    isBetween(text, from.getTime(), to.getTime()) &&
    (containing === undefined || containing.some((part) => text.includes(part)));
  return [olderPart(file), file]
    .flatMap((part) => (existsSync(part) ? linesOf(part, isWanted) : []))
    .filter(({ timestamp }) => timestamp >= from.getTime() && timestamp < to.getTime());
}

/** As far as the beginning of the line shows it: `write` puts the time first. */
function isBetween(text: string, from: number, to: number): boolean {
  const [, digits] = /^\{"timestamp":(\d{1,15}),/.exec(text) ?? [];
  return digits === undefined || (Number(digits) >= from && Number(digits) < to);
}

function linesOf(file: string, isWanted: (text: string) => boolean): LogLine[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(isWanted)
    .flatMap((text) => {
      const line = parseJson(text);
      const [timestamp, log, message] = [
        fieldOf(line, "timestamp"),
        fieldOf(line, "log"),
        fieldOf(line, "message"),
      ];
      const [at, group, said] = [numberOf(timestamp), textOf(log), textOf(message)];
      // The last line may not be complete yet.
      return at === undefined || group === undefined || said === undefined
        ? []
        : [{ timestamp: at, log: group, message: said }];
    });
}
