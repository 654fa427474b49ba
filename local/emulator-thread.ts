/**
 * Runs one emulator in its own thread. It shares no state, its work does not hold up the functions, and its port is
 * free once the thread ends, even in the middle of a request.
 */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { SharedOffset } from "./clock.ts";

/** What a module in local/threads/ reads from `workerData`. */
export interface EmulatorThreadData {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly region: string;
  /** The offset of the stack's clock, which `Date` shows in the thread. */
  readonly clock?: SharedOffset;
  /** Where the emulator keeps its state; without it, the state ends with the thread. */
  readonly stateFolder?: string;
  /** Whether the mailbox prints a line for every mail. */
  readonly announcesMail?: boolean;
  /** Settings of the stack that mails show, for the preview in the mailbox. */
  readonly mailEnvironment?: Readonly<Record<string, string>>;
  /** The Lambda API of the stack, for the emulator that invokes functions. */
  readonly lambdaUrl?: string;
}

export interface Emulator {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/** What the stack asks of an emulator's thread; the thread responds with the port. */
export type EmulatorMessage = "renew" | "renew if used" | "settle";

export interface EmulatorThread extends Emulator {
  /**
   * Starts again, empty, on another port. Much faster than a new thread, which has to load its modules. With `ifUsed`, an
   * emulator that has received no request since it was settled continues as it is.
   */
  renew(options: { readonly ifUsed: boolean }): Promise<EmulatorThread>;
  /** What the emulator contains now is what it contains after `renew` if nobody uses it. */
  settle(): Promise<void>;
}

/** By default, the system chooses the port, and the region is us-east-1. */
export type EmulatorOptions = Partial<EmulatorThreadData>;

/** Starts local/threads/<name>.ts and waits until it reports the port it listens on. Rejects with its error. */
export function startEmulatorThread(name: string, options: EmulatorOptions): Promise<EmulatorThread> {
  const data: EmulatorThreadData = {
    ...options,
    port: options.port ?? 0,
    region: options.region ?? "us-east-1",
  };
  const worker = new Worker(join(import.meta.dirname, "threads", `${name}.ts`), { workerData: data });
  // The stack ends when its servers close; a forgotten emulator must not keep the process alive.
  worker.unref();
  const listening = new Promise<EmulatorThread>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`The ${name} emulator ended with exit code ${code}`)));
    worker.once("message", (port: number) => resolve(emulatorOn(port)));
  });
  const ask = async (message: EmulatorMessage): Promise<number> => {
    worker.postMessage(message);
    const [port]: number[] = await once(worker, "message");
    return port ?? 0;
  };
  const emulatorOn = (port: number): EmulatorThread => ({
    port,
    url: `http://127.0.0.1:${port}`,
    renew: async ({ ifUsed }) => emulatorOn(await ask(ifUsed ? "renew if used" : "renew")),
    settle: async () => void (await ask("settle")),
    close: async () => {
      await worker.terminate();
    },
  });
  return listening;
}
