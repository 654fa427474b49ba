/** What a run waits for, until when, and what would end it. */
import { objectOfWait } from "../../../lib/compiler/workflow/wait.ts";
import type { Workflow } from "../../../lib/compiler/workflow/workflow.ts";
import { canHaveId, type ObjectKind } from "../../../lib/events/event-objects.ts";
import { present } from "../../../lib/present.ts";
import { isRecord } from "../../../lib/untrusted.ts";
import { type RecordedWait, recordedWaits } from "../../../lib/waits/wait-items.ts";
import { EMULATOR_SECRET_KEY } from "../../../local/settings.ts";
import type { ConsoleContext } from "../server/route.ts";
import type { StepView } from "./step-view.ts";

export interface WaitView {
  readonly step: string;
  /** The first of these events ends the wait. */
  readonly events: readonly string[];
  /** These fail the step. */
  readonly failOn: readonly string[];
  /** Left out if it is sealed in the run's input, and nothing else names it. */
  readonly objectId?: string;
  /** UTC, ISO 8601. */
  readonly until?: string;
  readonly advice: string;
  /** Ends the wait on the local stack. */
  readonly command?: string;
}

/** The wait of the run; undefined if no step of it waits for an event. Throws SERVICE_UNAVAILABLE. */
export async function waitOf(
  runId: string,
  steps: readonly StepView[],
  workflow: Workflow | undefined,
  { local, journal }: ConsoleContext,
): Promise<WaitView | undefined> {
  const waiting = steps.find(({ state }) => state === "waiting");
  const wait = workflow?.steps.find(({ id }) => id === waiting?.id)?.wait;
  if (waiting === undefined || wait === undefined) return undefined;
  const kind = objectOfWait(wait);
  const known = [
    ...textsIn(steps.flatMap(({ input, output }) => [input, output])),
    ...journal.about(runId).flatMap(({ ids }) => ids),
  ];
  const recorded = await findWait({ runId, step: waiting.id }, candidates(kind, known));
  const objectId = recorded?.objectId;
  return {
    step: waiting.id,
    events: wait.events,
    failOn: wait.failOn,
    advice: adviceOf(wait.events),
    ...present({
      objectId,
      until: recorded?.until,
      command:
        local === undefined || objectId === undefined
          ? undefined
          : endingCommand(wait.events, objectId, local.stripeEmulatorUrl),
    }),
  };
}

/** Ids of the kind that the wait is about, each once. */
function candidates(kind: ObjectKind | undefined, texts: readonly string[]): string[] {
  return kind === undefined ? [] : [...new Set(texts.filter((text) => canHaveId(kind, text)))];
}

async function findWait(
  { runId, step }: Pick<RecordedWait, "runId" | "step">,
  objectIds: readonly string[],
): Promise<RecordedWait | undefined> {
  for (const objectId of objectIds) {
    const found = (await recordedWaits(objectId)).find((wait) => wait.runId === runId && wait.step === step);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isRecord(value) ? Object.values(value).flatMap(textsIn) : [];
}

const ADVICE: Readonly<Record<string, string>> = {
  "payment_intent.succeeded": "It goes on when the payer has paid: the link is in the mail",
  "invoice.paid": "It goes on when the invoice is paid: its page at Stripe, and a saved card, can do that",
  "refund.created": "It goes on when the event of the refund has been applied, usually within seconds",
};

const adviceOf = (events: readonly string[]) =>
  ADVICE[events[0] ?? ""] ?? "It goes on when Stripe has sent the event and it was applied";

function endingCommand(events: readonly string[], objectId: string, emulator: string): string | undefined {
  if (events.includes("payment_intent.succeeded"))
    return `curl -s -X POST ${emulator}/_emulator/pay -H 'Content-Type: application/json' -d '${JSON.stringify({ paymentIntent: objectId, card: "4242424242424242" })}'`;
  if (events.includes("invoice.paid"))
    return `curl -s -X POST ${emulator}/v1/invoices/${objectId}/pay -u ${EMULATOR_SECRET_KEY}: -d paid_out_of_band=true`;
  return undefined;
}
