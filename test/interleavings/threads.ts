/** Shares tasks among worker threads. */
import { Worker } from "node:worker_threads";
import type { Report, Task } from "./worker.ts";

/** Performs the tasks, at most `threads` at once. Calls `onReport` as each one ends. Rejects if one fails. */
export async function inThreads(
  tasks: readonly Task[],
  threads: number,
  onReport: (report: Report) => void,
): Promise<void> {
  const left = tasks.values();
  const workers = Array.from({ length: Math.min(threads, tasks.length) }, startWorker);
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const task of left) onReport(await performed(worker, task));
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

const startWorker = () => new Worker(new URL("./worker.ts", import.meta.url));

function performed(worker: Worker, task: Task): Promise<Report> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (report: Report) => {
      worker.off("error", reject);
      resolve(report);
    });
    worker.postMessage(task);
  });
}
