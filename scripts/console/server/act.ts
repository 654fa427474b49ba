/**
 * Runs an action: once for each key, on a deployed stage only after a person typed the stage's name, and under the audit log.
 */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Problem } from "../../../lib/errors.ts";
import { auditedDeed } from "../../operator/audited-deed.ts";
import { operatorOf } from "../../operator/operator-of.ts";
import type { ConsoleAction, ConsoleContext, ConsoleRequest } from "./route.ts";

/** A simple request, which browsers send for any page, cannot have it. */
export const CHANGE_HEADER = "x-console-change";
/** On a deployed stage: its name, as a person has typed it, percent-encoded. */
export const CONFIRMATION_HEADER = "x-console-confirmation";
/** `<server>:<anything>`. Requests with the same key are one: the action runs once, and each gets its result. */
export const KEY_HEADER = "x-console-key";

/** The first part of every key: a server that has been started again does not know what the one before it did. */
export const SERVER_ID = randomUUID();

/** Moving the clock by months takes minutes. */
const AT_MOST_MS = 15 * 60 * 1000;
/** Far more than a person does while a response is on its way. */
const MOST_KEYS = 1_000;

interface Begun {
  readonly what: string;
  readonly result: Promise<unknown>;
}
const begun = new Map<string, Begun>();

/**
 * Throws FORBIDDEN without the header that only our own page sends, PRECONDITION_FAILED without the confirmation, CONFLICT for a
 * key of another action or of an earlier server, SERVICE_UNAVAILABLE if the audit log cannot be written, and what the action throws.
 */
export async function act(
  route: ConsoleAction,
  request: ConsoleRequest,
  headers: IncomingHttpHeaders,
  context: ConsoleContext,
): Promise<unknown> {
  checkConfirmation(context, headers[CONFIRMATION_HEADER]);
  const key = headers[KEY_HEADER];
  if (typeof key !== "string") return run(route, request, context);
  if (!key.startsWith(`${SERVER_ID}:`))
    throw new Problem(
      "CONFLICT",
      "The console was started again since this page was loaded. If you had sent this before, look into the audit log whether it was done: npm run audit -- list",
    );
  const what = JSON.stringify([route.path, request.parameters, request.body]);
  const known = begun.get(key);
  if (known === undefined) return remembered(key, { what, result: run(route, request, context) });
  if (known.what !== what) throw new Problem("CONFLICT", "This key belongs to another action");
  return known.result;
}

function remembered(key: string, action: Begun): Promise<unknown> {
  begun.set(key, action);
  const [oldest] = begun.keys();
  if (begun.size > MOST_KEYS && oldest !== undefined) begun.delete(oldest);
  return action.result;
}

function checkConfirmation({ target: { stage } }: ConsoleContext, typed: unknown): void {
  if (stage === undefined || typed === stage) return;
  throw new Problem(
    "PRECONDITION_FAILED",
    typed === undefined
      ? `This would change the stage ${stage}: type its name to confirm that (header ${CONFIRMATION_HEADER})`
      : `The name that was typed is not that of the stage ${stage}: nothing was done`,
  );
}

/** What was typed and sent is not in the entry: the sentence and the ids are. */
async function run(route: ConsoleAction, request: ConsoleRequest, context: ConsoleContext): Promise<unknown> {
  const { target, now } = context;
  const deed = {
    eventType: "operator.acted",
    resource: { type: "console", id: route.path.replace("/console/api/", "") },
    action: "act",
    objects: route.actsOn?.(request) ?? Object.values(request.parameters),
    inputs: { does: route.does },
    startedAt: route.setsClockBack ? new Date() : await now(),
    atMostMs: AT_MOST_MS,
  } as const;
  return auditedDeed(target, await operatorOf(target), deed, async () => ({
    value: await route.respond(request, context),
  }));
}
