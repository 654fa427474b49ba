/**
 * The folder in which the stack keeps its state across restarts: the DynamoDB tables, the queues, the mails, the Stripe
 * emulator's objects and the executions. Each part writes in a way that survives the sudden end of the process.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fieldOf, parseJson } from "../lib/untrusted.ts";
import { LocalStackError } from "./ports.ts";

export interface StateFolder {
  readonly path: string;
  /** Lets another stack use the folder. */
  close(): Promise<void>;
}

/**
 * Opens the folder for this process. `tables` describes the tables of the template: a folder that was written for others
 * cannot be used. Throws a LocalStackError that says what to do.
 */
export function openStateFolder(path: string, tables: unknown): StateFolder {
  assertNotInUse(path);
  mkdirSync(path, { recursive: true });
  const description = JSON.stringify(tables);
  const kept = readIfExists(join(path, "tables.json"));
  if (kept !== undefined && kept !== description) {
    throw new LocalStackError(
      `The state in ${path} belongs to tables with other keys or indexes. Start without it: npm start -- --fresh`,
    );
  }
  writeWhole(join(path, "tables.json"), description);
  writeWhole(join(path, "owner.json"), JSON.stringify({ pid: process.pid }));
  return {
    path,
    close: async () => rmSync(join(path, "owner.json"), { force: true }),
  };
}

/** Throws a LocalStackError when a running stack uses the folder. */
export function assertNotInUse(path: string): void {
  const pid = fieldOf(parseJson(readIfExists(join(path, "owner.json"))), "pid");
  if (typeof pid === "number" && pid !== process.pid && isRunning(pid)) {
    throw new LocalStackError(
      `The local stack with the process ${pid} uses the state in ${path}. Stop it, or set LOCAL_STATE_FOLDER to another folder.`,
    );
  }
}

/** Writes a file so that a crash leaves the old contents or the new ones. */
export function writeWhole(file: string, contents: string): void {
  writeFileSync(`${file}.new`, contents);
  renameSync(`${file}.new`, file);
}

/** The contents of the file; undefined if there is none. */
export function readIfExists(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (fieldOf(error, "code") === "ENOENT") return undefined;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process exists, too.
    return fieldOf(error, "code") === "EPERM";
  }
}
