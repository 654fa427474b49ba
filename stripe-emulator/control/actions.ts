import type { Emulator } from "../emulator/emulator.ts";
import { faultKindFrom, faultsFrom } from "../faults/fault-input.ts";
import type { Fault, FaultKind } from "../faults/faults.ts";
import { ControlInputError, fields, integerField } from "../protocol/json-input.ts";
import { moveClock } from "../time/move-clock.ts";
import { checkout } from "./checkout.ts";
import { changeApiVersion, giveEvents, listEvents, resendEvent, sendThinEvent } from "./event-actions.ts";
import { pay, settle, setup, wait } from "./pay.ts";

/** Ten years: a typing error must not keep the emulator busy for an hour. */
const MAX_ADVANCE_SECONDS = 10 * 366 * 24 * 60 * 60;

/** `id` is the second part of the path; empty when the path has none. */
type Action = (emulator: Emulator, body: unknown, id: string) => object | Promise<object>;

/** Every action by its method and path. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["GET state", state],
  ["POST reset", reset],
  ["POST pay", pay],
  ["POST setup", setup],
  ["POST checkout", checkout],
  ["POST wait", wait],
  ["POST settle", settle],
  ["GET requests", listRequests],
  ["GET events", listEvents],
  ["POST events", giveEvents],
  ["POST events/:id/resend", resendEvent],
  ["POST events/:id/thin", sendThinEvent],
  ["POST api-version", changeApiVersion],
  ["DELETE webhook-url", forgetWebhookUrl],
  ["GET clock", readClock],
  ["POST clock", advanceClock],
  ["GET faults", listFaults],
  ["POST faults", orderFaults],
  ["DELETE faults", (emulator) => takeBackFaults(emulator, undefined)],
  ["DELETE faults/:id", (emulator, _body, kind) => takeBackFaults(emulator, faultKindFrom(kind))],
]);

function state({ store, clock, receivers, faults }: Emulator): object {
  const objects = Object.fromEntries(
    Object.entries(store.collections).map(([name, items]) => [name, [...items.values()]]),
  );
  const counts = Object.fromEntries(Object.entries(objects).map(([name, items]) => [name, items.length]));
  return {
    now: clock.now(),
    clockOffsetSeconds: clock.offsetSeconds,
    webhookUrl: receivers.url ?? null,
    counts,
    objects,
    faults: faults.pending,
  };
}

function listRequests({ requests }: Emulator, body: unknown): object {
  const { after = "0" } = fields(body, ["after"], "query");
  const number = Number(after);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new ControlInputError("after", "the number of a request", after);
  return { log: requests.name, requests: requests.after(number) };
}

function reset(emulator: Emulator): object {
  emulator.webhooks.reset();
  emulator.store.clear();
  emulator.idempotency.entries.clear();
  emulator.requests.clear();
  emulator.faults.clear();
  emulator.clock.offsetSeconds = 0;
  emulator.options.clockFollower?.show(0);
  return { reset: true };
}

/** From now on, only webhook endpoints that were made through the API get events, as at Stripe. */
function forgetWebhookUrl({ receivers }: Emulator): object {
  receivers.url = undefined;
  return { webhookUrl: null };
}

function readClock({ clock }: Emulator): object {
  return { now: clock.now(), clockOffsetSeconds: clock.offsetSeconds };
}

async function advanceClock(emulator: Emulator, body: unknown): Promise<object> {
  await moveClock(emulator, integerField(fields(body, ["advance"]), "advance", 1, MAX_ADVANCE_SECONDS));
  return readClock(emulator);
}

function listFaults({ faults }: Emulator): { faults: Fault[] } {
  return { faults: faults.pending };
}

function orderFaults(emulator: Emulator, body: unknown): { faults: Fault[] } {
  emulator.faults.add(faultsFrom(body, Date.now()));
  return listFaults(emulator);
}

function takeBackFaults(emulator: Emulator, kind: FaultKind | undefined): { faults: Fault[] } {
  emulator.faults.clear(kind);
  emulator.webhooks.release();
  return listFaults(emulator);
}
