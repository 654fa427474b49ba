/** Executions in a folder, one file each. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isRecord, parseJson, textOf } from "../../lib/untrusted.ts";
import { readIfExists, writeWhole } from "../state-folder.ts";
import type { WireEvent } from "./history.ts";

/** What is kept of an execution. The times are in unix milliseconds. */
export interface KeptExecution {
  readonly machineArn: string;
  readonly name: string;
  readonly input: string;
  readonly startedAt: number;
  readonly status: string;
  readonly endedAt?: number;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly events: readonly WireEvent[];
}

export interface ExecutionFiles {
  write(execution: KeptExecution): void;
  /** Every kept execution, the oldest first. */
  read(): KeptExecution[];
  /** Ends writing: later changes are not kept. */
  close(): void;
}

export function executionFiles(folder: string): ExecutionFiles {
  mkdirSync(folder, { recursive: true });
  let isClosed = false;
  return {
    close: () => {
      isClosed = true;
    },
    write: (execution) => {
      if (isClosed) return;
      // A name can have characters that a file's cannot.
      const id = createHash("sha256").update(`${execution.machineArn}/${execution.name}`).digest("hex");
      writeWhole(join(folder, `${id}.json`), JSON.stringify(execution));
    },
    read: () =>
      readdirSync(folder)
        .filter((file) => file.endsWith(".json"))
        .map((file) => parseJson(readIfExists(join(folder, file))))
        .filter(isKept)
        .sort((a, b) => a.startedAt - b.startedAt),
  };
}

function isKept(value: unknown): value is KeptExecution {
  return (
    isRecord(value) &&
    textOf(value.machineArn) !== undefined &&
    textOf(value.name) !== undefined &&
    typeof value.startedAt === "number" &&
    Array.isArray(value.events)
  );
}
