/** Questions to the person who deploys. */
import { createInterface } from "node:readline/promises";

/** Resolves to the line that was typed; undefined if nobody can type (in CI, for example). */
export type Ask = (question: string) => Promise<string | undefined>;

export const askTerminal: Ask = async (question) => {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
};
