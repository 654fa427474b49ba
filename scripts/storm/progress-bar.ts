/** A bar on standard error that is redrawn in place; without a terminal, a line every ten seconds. */

const WIDTH = 30;
const LINE_EVERY_MS = 10_000;

export class ProgressBar {
  readonly #startedAt = Date.now();
  #drawnAt = 0;

  /** Draws `done` of `total`, followed by `note`. */
  draw(done: number, total: number, note: string): void {
    const { isTTY } = process.stderr;
    if (!isTTY && Date.now() - this.#drawnAt < LINE_EVERY_MS) return;
    this.#drawnAt = Date.now();
    const filled = Math.min(WIDTH, Math.round((WIDTH * done) / Math.max(1, total)));
    const bar = `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)}`;
    const seconds = Math.round((Date.now() - this.#startedAt) / 1000);
    const line = `${bar} ${done.toLocaleString("en")} of ${total.toLocaleString("en")}  ${note}  ${seconds} s`;
    process.stderr.write(isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\n");
  }
}
