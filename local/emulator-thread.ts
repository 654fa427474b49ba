/**
 * Runs one emulator in its own thread. It shares no state, its work does not hold up the functions, and its port is
 * free once the thread ends, even in the middle of a request.
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
  /** Starts again, empty, on another port. Much faster than a new thread, which has to load its modules. */
  renew(): Promise<EmulatorThread>;
}

export interface EmulatorOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  readonly region?: string;
}

/** Starts local/threads/<name>.ts and waits until it reports the port it listens on. Rejects with its error. */
export function startEmulatorThread(name: string, options: EmulatorOptions): Promise<EmulatorThread> {
  const data: EmulatorThreadData = { port: options.port ?? 0, region: options.region ?? "us-east-1" };
  const worker = new Worker(join(import.meta.dirname, "threads", `${name}.ts`), { workerData: data });
  // The stack ends when its servers close; a forgotten emulator must not keep the process alive.
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
