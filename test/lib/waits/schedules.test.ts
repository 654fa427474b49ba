/**
 * Seeded schedules of a run that waits and of the events it waits for: before, while and after the wait begins, together with
 * its timeout or its stop, twice or never, while the function that begins the wait and the event's consumer are killed
 * before or after any of their calls. SCHEDULES sets how many: `SCHEDULES=500 npm test -- test/lib/waits/schedules`.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { queryItems } from "../../../lib/aws/dynamodb.ts";
import { eventConsumer } from "../../../lib/events/consume.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { queueHandler } from "../../../lib/transport/queue.ts";
import { endWaits } from "../../../lib/waits/end-waits.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { type Kill, type MortalServices, mortalServices } from "../../steps/mortal-services.ts";
import { movableClock } from "../../steps/movable-clock.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { type WaitingRuns, waitingRuns } from "../../steps/waiting-runs.ts";

const SCHEDULES = Number(process.env.SCHEDULES ?? tries({ sample: 5, whole: 500 }));
const HOUR_MS = 3_600_000;
/** A consumer's lease on an event is over after it. */
const LEASE_MS = 20_000;
const T = 1_795_478_400;

given.localAws();
const log = given.capturedLog();
let runs: WaitingRuns;
let services: MortalServices;
let clock: ReturnType<typeof movableClock>;
const consume = queueHandler("payment-intent", eventConsumer("payment-intent", [endWaits]));

beforeAll(async () => {
  process.env.STRIPE_SECRET_KEY = "sk_test_local";
  const workflow = `
workflowId: pay-and-thank
version: 1.0.0
steps:
  - id: wait-for-payment
    wait:
      event: payment_intent.succeeded
      object: \${input.paymentIntentId}
      failOn: payment_intent.payment_failed
      timeoutMs: ${HOUR_MS}
    onSuccess: thank
    onFailure: apologize
  - id: thank
    capability: make-report
    inputs: { paid: "\${steps.wait-for-payment.output.status}" }
  - id: apologize
    capability: make-report
    inputs: { code: "\${error.code}" }
`;
  runs = await waitingRuns(workflow, () => services.revive());
  process.env.AWS_ENDPOINT_URL_SFN = runs.stepFunctions.url;
  services = await mortalServices(["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SFN"]);
  clock = movableClock();
});
afterAll(async () => {
  jest.useRealTimers();
  await services.close();
  await runs.close();
});

/** The types in the order in which Stripe creates them. */
const TYPES = [
  "payment_intent.created",
  "payment_intent.payment_failed",
  "payment_intent.succeeded",
] as const;
const STATUSES = ["requires_payment_method", "requires_payment_method", "succeeded"] as const;

type Action =
  | { readonly kind: "start" }
  | { readonly kind: "deliver"; readonly type: number; readonly copy: number }
  | { readonly kind: "time-out" }
  | { readonly kind: "stop" };

const deliver: fc.Arbitrary<Action> = fc.record({
  kind: fc.constant("deliver" as const),
  type: fc.nat(TYPES.length - 1),
  copy: fc.nat(1),
});
const other: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: deliver },
  { weight: 1, arbitrary: fc.constant<Action>({ kind: "time-out" }) },
  { weight: 1, arbitrary: fc.constant<Action>({ kind: "stop" }) },
);

interface Schedule {
  /** Each group begins when the one before it has ended; its actions run at the same time. */
  readonly groups: readonly (readonly Action[])[];
  readonly kills: readonly Kill[];
}

const anyKill: fc.Arbitrary<Kill> = fc.record({
  call: fc.nat(24),
  when: fc.constantFrom("before" as const, "after" as const),
});
const anySchedule: fc.Arbitrary<Schedule> = fc
  .tuple(
    fc.array(other, { maxLength: 6 }),
    fc.nat(6),
    fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    fc.array(anyKill, { maxLength: 3 }),
  )
  .map(([actions, place, together, kills]) => {
    const ordered = actions.toSpliced(Math.min(place, actions.length), 0, { kind: "start" });
    const groups: Action[][] = [];
    for (const [index, action] of ordered.entries()) {
      const group = groups.at(-1);
      if (group !== undefined && together[index] === true && group.length < 3) group.push(action);
      else groups.push([action]);
    }
    return { groups, kills };
  });

type Ending = "SUCCEEDED" | "PRECONDITION_FAILED" | "TIMEOUT" | "ABORTED" | "RUNNING";

/** What the rules alone know of the run and its events. */
interface World {
  readonly isStarted: boolean;
  readonly seen: readonly number[];
  /** How the wait has ended; the run has still to take the step after it. */
  readonly decided?: Ending;
  readonly ending: Ending;
}

type Part = (world: World) => World;

const isRunning = ({ isStarted, ending }: World) => isStarted && ending === "RUNNING";

const decide: Part = (world) => {
  if (!isRunning(world) || world.decided !== undefined) return world;
  if (world.seen.includes(2)) return { ...world, decided: "SUCCEEDED" };
  return world.seen.includes(1) ? { ...world, decided: "PRECONDITION_FAILED" } : world;
};
const finish: Part = (world) =>
  isRunning(world) && world.decided !== undefined ? { ...world, ending: world.decided } : world;

/** The parts of an action, between which other actions can have parts of theirs. */
function partsOf(action: Action): readonly Part[] {
  switch (action.kind) {
    case "start":
      return [(world) => ({ ...world, isStarted: true }), decide, finish];
    case "deliver":
      return [(world) => ({ ...world, seen: [...world.seen, action.type] }), decide, finish];
    case "stop":
      return [(world) => (isRunning(world) ? { ...world, ending: "ABORTED" } : world)];
    case "time-out": {
      const timeOut: Part = (world) =>
        isRunning(world) && world.decided === undefined ? { ...world, decided: "TIMEOUT" } : world;
      return [timeOut, finish];
    }
  }
}

/** How the run can have ended, by the rules alone: for each order of the parts of actions that run at the same time. */
function possibleEndings(groups: Schedule["groups"]): ReadonlySet<Ending> {
  let worlds: readonly World[] = [{ isStarted: false, ending: "RUNNING", seen: [] }];
  for (const group of groups) {
    const ends = worlds.flatMap((world) => interleaved(world, group.map(partsOf)));
    worlds = [...new Map(ends.map((world) => [JSON.stringify(world), world])).values()];
  }
  return new Set(worlds.map(({ ending }) => ending));
}

function interleaved(world: World, actions: readonly (readonly Part[])[]): readonly World[] {
  const left = actions.filter((parts) => parts.length > 0);
  if (left.length === 0) return [world];
  return left.flatMap(([part = decide, ...rest], index) => interleaved(part(world), left.with(index, rest)));
}

/** Delivers the event until its consumer has ended it, as SQS does. */
async function delivered(id: string, type: number, copy: number): Promise<void> {
  const body = JSON.stringify({
    id: `evt_${id}_${type}_${copy}`,
    object: "event",
    type: TYPES[type],
    // No two in one second: the order of those, only Stripe could tell.
    created: T + 20 * type + copy,
    livemode: false,
    api_version: STRIPE_API_VERSION,
    data: { object: { id, object: "payment_intent", status: STATUSES[type] } },
  });
  const record = sqsRecord("payment-intent", body);
  for (let delivery = 0; delivery < 20; delivery += 1) {
    const response = await consume({ Records: [record] }, given.lambdaContext(LEASE_MS));
    if (response.batchItemFailures.length === 0 && !services.isDead) return;
    services.revive();
    clock.advance(LEASE_MS);
  }
  throw new Error("The event was delivered 20 times and not consumed");
}

async function play({ groups, kills }: Schedule): Promise<void> {
  const id = `pi_${randomUUID().replaceAll("-", "")}`;
  const runId = `run-${randomUUID().replaceAll("-", "")}`;
  let isStarted = false;
  const act = async (action: Action): Promise<void> => {
    switch (action.kind) {
      case "start":
        isStarted = true;
        return runs.start(runId, { paymentIntentId: id });
      case "deliver":
        return delivered(id, action.type, action.copy);
      case "time-out":
        // While the wait begins, its time does not end yet.
        clock.advance(HOUR_MS);
        return runs.stepFunctions.tokens.endDue();
      case "stop":
        return isStarted ? runs.stop(runId).catch(() => undefined) : undefined;
    }
  };
  services.begin(kills);
  for (const group of groups) {
    await Promise.all(group.map(act));
    if (isStarted) await runs.atRest(runId);
  }
  services.spare();
  services.revive();
  expect(possibleEndings(groups)).toContain(await endingOf(runId));
  // Nothing is left: not even the tokens of attempts that were cut off.
  await delivered(id, 2, 9);
  await runs.atRest(runId);
  expect((await runs.describe(runId)).status).not.toBe("RUNNING");
  const key = { expression: "objectId = :id", values: { ":id": id } };
  expect((await queryItems("EventWaitsTable", { key })).items).toEqual([]);
  expect(runs.given.get(runId)?.length ?? 0).toBe((await runs.describe(runId)).status === "ABORTED" ? 0 : 1);
}

async function endingOf(runId: string): Promise<Ending> {
  const { status } = await runs.describe(runId);
  if (status === "RUNNING" || status === "ABORTED" || status === "SUCCEEDED") return status;
  const [inputs] = runs.given.get(runId) ?? [];
  const code = JSON.stringify(inputs);
  return code.includes("TIMEOUT") ? "TIMEOUT" : "PRECONDITION_FAILED";
}

describe("a run that waits, and events in any order, with any crash", () => {
  it(
    "ends as the rules say, once, and no event fails",
    async () => {
      await fc.assert(fc.asyncProperty(anySchedule, play), { numRuns: SCHEDULES, endOnFailure: true });
      expect(log.text()).not.toContain("wait.unreadable");
    },
    60_000 + SCHEDULES * 2_000,
  );
});
