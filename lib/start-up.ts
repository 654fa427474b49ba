/**
 * What can begin while a function starts, before its first call. A module registers it, and the transports start it when
 * a handler is built. So they need not import it, and a function carries only what it uses: the health check stays at
 * 4 KB, and loads no client of AWS.
 */

const tasks = new Set<() => void>();

/** `task` must not throw, and must leave nothing for others to wait for. */
export function onStartUp(task: () => void): void {
  tasks.add(task);
}

export function startUp(): void {
  for (const task of tasks) task();
}
