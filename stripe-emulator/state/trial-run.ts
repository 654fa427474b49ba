import type { Context } from "./context.ts";
import type { Emit } from "./emit-event.ts";

/** Runs on a copy of the store, which is then thrown away with its events. */
export function dryRun<T>(context: Context, run: (copy: Context) => T): T {
  return run({ ...context, store: context.store.fork(), emit: () => {}, emitThin: () => "" });
}

/** Runs completely or not at all: what was changed and emitted is taken over only if `run` does not throw. */
export function allOrNothing<T>(context: Context, run: (copy: Context) => T): T {
  const emissions: (() => void)[] = [];
  const emit: Emit = (type, object, previous) => {
    emissions.push(() => context.emit(type, object, previous));
  };
  const store = context.store.fork();
  const result = run({ ...context, store, emit });
  context.store.adopt(store);
  for (const emission of emissions) emission();
  return result;
}
