/** Plays what is counted: one paid process-payment, from its start to its last event, and one call that makes a payment. */
import { randomUUID } from "node:crypto";
import { fieldsOf } from "../../../lib/untrusted.ts";
import type { CountedCall } from "./counted-call.ts";
import type { CountedWorld } from "./counted-world.ts";

const WORKFLOW = "process-payment";
const PAYMENT = "stripe-create-payment-intent";

export interface PaidPayment {
  readonly calls: readonly CountedCall[];
  /** The states that the run has entered. */
  readonly states: readonly string[];
  /** The types of its events. */
  readonly events: readonly string[];
}

/** Everything that warm functions call for a new customer's payment: start, steps, payment, events. */
export async function paidPayment(world: CountedWorld): Promise<PaidPayment> {
  world.fronts.begin();
  const { runId } = fieldsOf(await startedRun(world));
  const states = await world.statesOf(WORKFLOW, String(runId));
  await world.pay();
  const events = await world.deliver();
  return { calls: [...world.fronts.calls], states, events };
}

/** One poll of a run that has ended: without its steps. */
export async function poll(world: CountedWorld): Promise<readonly CountedCall[]> {
  const { runId } = fieldsOf(await startedRun(world));
  const read = () =>
    world.call("get-workflow-run", {
      method: "GET",
      path: `/api/workflows/${WORKFLOW}/runs/${runId}`,
      pathParameters: { workflowId: WORKFLOW, runId: String(runId) },
      query: { steps: "false" },
    });
  await world.statesOf(WORKFLOW, String(runId));
  world.fronts.begin();
  await read();
  return [...world.fronts.calls];
}

function startedRun(world: CountedWorld): Promise<unknown> {
  return world.call("start-workflow-run", {
    method: "POST",
    path: `/api/workflows/${WORKFLOW}/runs`,
    pathParameters: { workflowId: WORKFLOW },
    body: JSON.stringify({
      customerEmail: `ada-${randomUUID()}@example.com`,
      customerName: "Ada Lovelace",
      amount: 4200,
    }),
  });
}

export interface PaymentCall {
  readonly calls: readonly CountedCall[];
  /** How many of the calls come one after the other. */
  readonly steps: number;
}

/** One warm call of the capability that makes a payment. */
export async function paymentCall(world: CountedWorld): Promise<PaymentCall> {
  const call = () =>
    world.call(PAYMENT, {
      method: "POST",
      path: `/api/capabilities/${PAYMENT}`,
      pathParameters: { capabilityId: PAYMENT },
      body: JSON.stringify({ amount: 4200, currency: "usd" }),
    });
  await call();
  world.fronts.begin();
  const steps = await world.fronts.inSteps(call);
  return { calls: [...world.fronts.calls], steps };
}
