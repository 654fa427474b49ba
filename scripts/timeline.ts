/** Shows progress while the demo runs, and at its end what happened, where, and how long it took. */
import type { Run } from "../local/stack-client.ts";

interface Entry {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly where: string;
  readonly what: string;
  readonly tookMs?: number;
}

const WHERE_WIDTH = 30;

export class Timeline {
  readonly #startedAt = Date.now();
  readonly #entries: Entry[] = [];

  /**
   * Runs `work`, and shows that it is running and how it ended. When `work` fails, throws an error that names the step.
   */
  async step<T>(where: string, what: string, work: () => Promise<T>): Promise<T> {
    const begin = Date.now();
    // On a terminal, the line is overwritten when the step has ended; elsewhere only the end of a step is printed.
    const rewind = process.stdout.isTTY ? "\r" : "";
    if (process.stdout.isTTY) process.stdout.write(`  ... ${where}: ${what}`);
    try {
      const result = await work();
      const tookMs = Date.now() - begin;
      this.#entries.push({ at: begin - this.#startedAt, where, what, tookMs });
      process.stdout.write(`${rewind}  ok  ${where}: ${what} (${duration(tookMs)})\n`);
      return result;
    } catch (failure) {
      process.stdout.write(`${rewind}  NOT ${where}: ${what}\n`);
      throw new Error(
        `"${where}: ${what}" did not happen. ${failure instanceof Error ? failure.message : String(failure)}`,
        {
          cause: failure,
        },
      );
    }
  }

  chapter(title: string): void {
    console.log(`\n${title}`);
    this.#entries.push({ at: Date.now() - this.#startedAt, where: "", what: title });
  }

  /** Adds the steps of a workflow run, at the times that the run reports. */
  run(run: Pick<Run, "steps">): void {
    for (const step of run.steps) {
      if (step.startedAt === undefined || step.endedAt === undefined) continue;
      const begin = Date.parse(step.startedAt);
      const error = step.error === undefined ? "" : `: ${step.error.code}`;
      this.#entries.push({
        at: begin - this.#startedAt,
        where: `  ${step.capability}`,
        what: `${step.id} ${step.status}${error}`,
        tookMs: Date.parse(step.endedAt) - begin,
      });
    }
  }

  print(): void {
    console.log("\nTimeline");
    console.log(`${"at".padStart(9)}  ${"where".padEnd(WHERE_WIDTH)}  ${"took".padStart(8)}  what`);
    let chapterStart = 0;
    const ordered = this.#entries.map((entry) => {
      if (entry.where === "") chapterStart += 1;
      return { ...entry, chapter: chapterStart };
    });
    ordered.sort(
      (a, b) => a.chapter - b.chapter || Number(b.where === "") - Number(a.where === "") || a.at - b.at,
    );
    for (const { at, where, what, tookMs } of ordered) {
      if (where === "") console.log(`\n${what}`);
      else {
        const took = tookMs === undefined ? "" : duration(tookMs);
        console.log(
          `${duration(at).padStart(9)}  ${where.padEnd(WHERE_WIDTH)}  ${took.padStart(8)}  ${what}`,
        );
      }
    }
  }
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(2)} s`;
}
