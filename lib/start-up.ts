/**
 * Tasks that can begin while a function starts, before its first call. A module registers a task, and the transports start
 * it when a handler is built. So the transports do not import the module, and a function contains only what it uses: the
 * health check stays at 4 KB, and loads no AWS client.
 */

const tasks = new Set<() => void>();

/** `task` must not throw, and nothing waits for its result. */
export function onStartUp(task: () => void): void {
  tasks.add(task);
}

export function startUp(): void {
  for (const task of tasks) task();
}
