/** Runs operators' commands in tests: in this process, or in their own. */
import { spawn } from "node:child_process";
import { jest } from "@jest/globals";
import type { Command } from "../../scripts/command-line/command.ts";
import { readCommandLine } from "../../scripts/command-line/read-command-line.ts";
import { type Run, runCommand } from "../../scripts/command-line/run-command.ts";

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** The request that the words make. Throws the errors of `readCommandLine`. */
export function askedFor<Asked>(command: Command<Asked>, words: string, now: Date): Asked {
  const line = readCommandLine(command, wordsOf(words), now);
  if (line.kind === "help") throw new Error(`${words} asks for help`);
  return line.asked;
}

/** Runs the command in this process, and returns its output instead of printing it. */
export async function runHere<Asked>(
  command: Command<Asked>,
  run: Run<Asked>,
  words: string | readonly string[],
): Promise<Ended> {
  const printed = { log: "", error: "" };
  const spies = (["log", "error"] as const).map((stream) =>
    jest.spyOn(console, stream).mockImplementation((text) => {
      printed[stream] += `${text}\n`;
    }),
  );
  try {
    const status = await runCommand(command, run, typeof words === "string" ? wordsOf(words) : words);
    return { status, out: printed.log, err: printed.error };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Runs the file of an npm script in scripts/ as an operator does; `input` is its standard input. */
export function spawned(
  script: string,
  words: string,
  environment: Readonly<Record<string, string>> = {},
  input = "",
): Promise<Ended> {
  return new Promise((ended) => {
    const child = spawn(process.execPath, [`scripts/${script.replace(":", "-")}.ts`, ...wordsOf(words)], {
      env: { ...process.env, NODE_OPTIONS: "", ...environment },
    });
    child.stdin.end(input);
    const printed = { out: "", err: "" };
    child.stdout.on("data", (text) => {
      printed.out += text;
    });
    child.stderr.on("data", (text) => {
      printed.err += text;
    });
    child.on("close", (status) => ended({ status, ...printed }));
  });
}

function wordsOf(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
