/** The queues of the target, selected when they are first needed: SQS is asked for their URLs once. */
import type { Target } from "../../command-line/command.ts";
import { selectQueues } from "../../target.ts";

let selected: Promise<void> | undefined;

/** Throws SERVICE_UNAVAILABLE if SQS does not know one of them; the next call asks again. */
export function queuesOf(target: Target): Promise<void> {
  selected ??= selectQueues(target).catch((thrown: unknown) => {
    selected = undefined;
    throw thrown;
  });
  return selected;
}

let busy: Promise<unknown> = Promise.resolve();

/**
 * Runs `look` when no other look into the dead-letter queues runs: to look into a queue is to receive its messages, which hides them from
 * everybody else meanwhile.
 */
export function oneAtATime<T>(look: () => Promise<T>): Promise<T> {
  const turn = busy.then(look, look);
  busy = turn.catch(() => undefined);
  return turn;
}
