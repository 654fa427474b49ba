/**
 * Runs one emulator in a thread of its own: its state is its own, its work does not hold up the functions, and the
 * thread's end frees its port whatever it was doing.
 */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

/** What a module in local/threads/ reads from `workerData`. */
export interface EmulatorThreadData {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly region: string;
}

export interface Emulator {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

export interface EmulatorThread extends Emulator {
  /** Starts again with nothing in it, on another port: much sooner than a new thread, which has its modules to load. */
  renew(): Promise<EmulatorThread>;
}

export interface EmulatorOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  readonly region?: string;
}

/** Starts local/threads/<name>.ts and waits until it says which port it listens on. Rejects with its error. */
export function startEmulatorThread(name: string, options: EmulatorOptions): Promise<EmulatorThread> {
  const data: EmulatorThreadData = { port: options.port ?? 0, region: options.region ?? "us-east-1" };
  const worker = new Worker(join(import.meta.dirname, "threads", `${name}.ts`), { workerData: data });
  // The stack ends when its servers are told to; a forgotten emulator must not keep the process.
  worker.unref();
  const listening = new Promise<EmulatorThread>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`The ${name} emulator ended with exit code ${code}`)));
    worker.once("message", (port: number) => resolve(emulatorOn(port)));
  });
  const emulatorOn = (port: number): EmulatorThread => ({
    port,
    url: `http://127.0.0.1:${port}`,
    renew: async () => {
      worker.postMessage("renew");
      const [renewedPort]: number[] = await once(worker, "message");
      return emulatorOn(renewedPort ?? 0);
    },
    close: async () => {
      await worker.terminate();
    },
  });
  return listening;
}
