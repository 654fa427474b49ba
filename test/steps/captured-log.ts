/** Captures the log of the code under test, and keeps it out of the tests' output. LOG=1 also prints it. */
import { afterAll, beforeEach } from "@jest/globals";

export interface CapturedLog {
  /** Everything that was written in this test, or since `clear`. */
  text(): string;
  /** The same, line by line. Throws when a line is not JSON. */
  lines(): Record<string, unknown>[];
  clear(): void;
}

/** Captures standard output for the whole file. Call it once, at its top; every test starts with an empty log. */
export function capturedLog(): CapturedLog {
  const write = process.stdout.write;
  let written = "";
  process.stdout.write = (text) => {
    written += String(text);
    if (process.env.LOG !== undefined) process.stderr.write(text);
    return true;
  };
  const clear = () => {
    written = "";
  };
  beforeEach(clear);
  afterAll(() => {
    process.stdout.write = write;
  });
  return {
    text: () => written,
    lines: () => written.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)])),
    clear,
  };
}
