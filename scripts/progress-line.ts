/** Shows a line on a terminal, over the previous one; "" removes it. Does nothing without a terminal. */
export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${line.padEnd(60)}${line === "" ? "\r" : ""}`);
}
