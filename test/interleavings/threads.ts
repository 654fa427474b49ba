/** Shares tasks among worker threads. */
import { Worker } from "node:worker_threads";

/** The module of a worker: it takes one `Task` after another as a message, and responds to each with a `Report`. */
export interface WorkerModule<_Task, _Report> {
  readonly url: URL;
}

/** Performs the tasks, at most `threads` at once. Calls `onReport` as each one ends. Rejects if one fails. */
export async function inThreads<Task, Report>(
  { url }: WorkerModule<Task, Report>,
  tasks: readonly Task[],
  threads: number,
  onReport: (report: Report) => void,
): Promise<void> {
  const left = tasks.values();
  const workers = Array.from({ length: Math.min(threads, tasks.length) }, () => new Worker(url));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const task of left) onReport(await performed<Task, Report>(worker, task));
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function performed<Task, Report>(worker: Worker, task: Task): Promise<Report> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (report: Report) => {
      worker.off("error", reject);
      resolve(report);
    });
    worker.postMessage(task);
  });
}
