/** Processes that a benchmark starts: one that measures, without our memory and output, or one that stands for a service. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

export interface OtherProcess<Told> {
  /** What the process sent first. */
  readonly told: Told;
  stop(): void;
}

/**
 * Starts the module, a path relative to scripts/bench/, and waits until it sends its first message. Rejects if it ends before.
 * Its standard output goes nowhere: functions write their log there.
 */
export async function startProcess<Told>(
  module: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<OtherProcess<Told>> {
  const child = fork(join(import.meta.dirname, "..", module), {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return { told: await firstMessage(child, module), stop: () => child.kill() };
}

/** Runs the module to its first message, which is its result. */
export async function resultOf<Told>(
  module: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const { told, stop } = await startProcess<Told>(module, environment);
  stop();
  return told;
}

function firstMessage<Told>(child: ChildProcess, module: string): Promise<Told> {
  return new Promise((told, failed) => {
    child.once("message", told);
    child.once("error", failed);
    child.once("exit", (code) =>
      failed(new Error(`scripts/bench/${module} ended with exit status ${code} before it had a result`)),
    );
  });
}
