/** What a reader must know about the machine to compare figures. */
import { cpus, loadavg, totalmem } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  /** Processes that wanted to run, on average over the last minute: other programs slow a benchmark down. */
  readonly load: number;
  /** UTC, to the minute. */
  readonly measuredAt: string;
}

export function thisMachine(now: Date): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown processor",
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    load: loadavg()[0] ?? 0,
    measuredAt: `${now.toISOString().slice(0, 16).replace("T", " ")} UTC`,
  };
}
