import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { PAID_PAYMENT, PAYMENT_CALL, POLL } from "../../../scripts/bench/calls/budgets.ts";
import { countsOf } from "../../../scripts/bench/calls/counted-call.ts";
import { type CountedWorld, countedWorld } from "../../../scripts/bench/calls/counted-world.ts";
import { paidPayment, paymentCall, poll } from "../../../scripts/bench/calls/paid-payment.ts";
import * as given from "../../steps/given.ts";

const aws = given.localAws();
given.capturedLog();
let world: CountedWorld;
beforeAll(async () => {
  world = await countedWorld(aws.endpoints);
});
afterAll(() => world.close());

// If one of these fails, a change has added a call or saved one: correct scripts/bench/calls/budgets.ts and say why.
describe("given warm functions", () => {
  it("a call that makes a payment makes the calls of its budget, in no more steps", async () => {
    const { calls, steps } = await paymentCall(world);
    expect(countsOf(calls)).toEqual(PAYMENT_CALL.calls);
    expect(steps).toBe(PAYMENT_CALL.steps);
  });

  it("a paid process-payment makes the calls and the transitions of its budget", async () => {
    // The first one opens the writers of the audit log, and asks Stripe for the account.
    await paidPayment(world);
    const { calls, states, events } = await paidPayment(world);
    expect(events).toEqual(["customer.created", "payment_intent.succeeded"]);
    expect(countsOf(calls)).toEqual(PAID_PAYMENT.calls);
    expect(states).toHaveLength(PAID_PAYMENT.states);
  });

  it("a poll of a run reads our own table once, and asks Step Functions nothing", async () => {
    expect(countsOf(await poll(world))).toEqual(POLL.calls);
  });
});
