/** Splits the bytes of a growing file into lines. Pure. */

const NEWLINE = 0x0a;

/** Takes chunks that can end anywhere, also within a character. */
export class LineSplitter {
  #rest: Buffer[] = [];

  /** The lines that the chunk completes. */
  take(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#rest.length === 0) lines.push(chunk.toString("utf8", start, end));
      else lines.push(Buffer.concat([...this.#rest, chunk.subarray(start, end)]).toString("utf8"));
      this.#rest = [];
      start = end + 1;
    }
    // A copy: the reader fills its buffer again.
    if (start < chunk.length) this.#rest.push(Buffer.from(chunk.subarray(start)));
    return lines;
  }

  /** Forgets the beginning of a line that will not be completed. */
  clear(): void {
    this.#rest = [];
  }
}
