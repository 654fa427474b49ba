/** A line on a terminal that is written over while a command works; elsewhere nothing. "" takes it away. */
export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${line.padEnd(60)}${line === "" ? "\r" : ""}`);
}
