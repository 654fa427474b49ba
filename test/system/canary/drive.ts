/** Runs all calls, in an order in which later calls find the objects that earlier ones made. */
import { payLinkIn, waitFor } from "../../../local/stack-client.ts";
import { CARD_SPELLINGS, type Canary, exactly, PERSON, type Written } from "./canaries.ts";
import { CUSTOMER, deniedCalls, goodCalls, INTENT, repeatedCalls, wrongCalls } from "./capability-calls.ts";
import { runCommands } from "./commands.ts";
import type { Call, DrivenStack } from "./driven-stack.ts";
import { driveFailedPayment } from "./failed-payment.ts";
import {
  aRun,
  auditCalls,
  payPageCalls,
  RUNS,
  refusedCallers,
  webhookCalls,
  workflowCalls,
} from "./other-calls.ts";
import { poison, poisonSetAside } from "./poison.ts";
import { driveRepairs } from "./repairs.ts";
import { callsThatStripeFails } from "./stripe-failures.ts";
import { writtenToQueues } from "./written.ts";

export interface Driven {
  readonly clientSecrets: readonly Canary[];
  /** The data of the Stripe emulator at the end. */
  readonly atStripe: string;
  /** The messages in the queues at the end. They are read only once, because reading a message hides it. */
  readonly queues: readonly Written[];
}

export async function drive(stack: DrivenStack): Promise<Driven> {
  const [admin, checkout, support, old, gone] = await Promise.all([
    stack.newKey("canary-admin", "admin"),
    stack.newKey("canary-till", "checkout"),
    stack.newKey("canary-desk", "support"),
    stack.newKey("canary-old", "admin"),
    stack.newKey("canary-gone", "admin"),
  ]);
  stack.bearer = admin;
  const tokens = await makeTokens(stack);
  const secrets = [admin, tokens.good];
  const driveAll = async (calls: readonly Call[]) => {
    for (const call of calls) await stack.send(call);
  };
  await poison(stack.stack.urls);
  // Concurrently with the calls, because starting processes takes longest.
  const commands = runCommands(stack, { old, gone });
  commands.catch(() => undefined);
  await driveAll(repeatedCalls(checkout));
  const { customerId, clientSecret, priceId } = await makeObjects(stack);
  await driveAll(goodCalls(clientSecret, customerId, priceId));
  await driveAll(webhookCalls());
  await driveAll(workflowCalls(support));
  await driveRuns(stack, checkout);
  await driveAll(wrongCalls([...secrets, clientSecret]));
  await driveAll(callsThatStripeFails());
  await driveConflict(stack);
  await driveAll(deniedCalls(checkout, support));
  await driveAll(payPageCalls(payLinkIn(await stack.client.mailTo(PERSON.email))));
  await driveAll(auditCalls(support, [...secrets, clientSecret]));
  await commands;
  await driveAll(
    refusedCallers([...tokens.bad, ["a key that has expired", old], ["a key that was revoked", gone]]),
  );
  const audit = { method: "GET", path: "/api/audit?limit=100", status: 200 };
  await stack.send({ ...audit, what: "everything by a token", bearer: tokens.good });
  await stack.send({ ...audit, what: "what the till did", path: "/api/audit?actor=canary-till&limit=100" });
  await driveFailedPayment(stack);
  await poisonSetAside(stack.stack.urls);
  await driveRepairs(stack);
  await stack.client.recordedState("pi_canary1", () => true);
  await stack.client.recordedState("sub_canary2", () => true);

  const { body } = await stack.client.control("GET", "state");
  const atStripe = JSON.stringify(body);
  const secretsAtStripe = new Set(atStripe.match(/\w+_secret_\w+/g));
  return {
    atStripe,
    queues: await writtenToQueues(stack.stack.urls),
    clientSecrets: [...secretsAtStripe].map((text) =>
      exactly("a client secret of the emulator", "client secret", text),
    ),
  };
}

async function makeTokens({ issuer, made }: DrivenStack) {
  const admin = { subject: "user-7", roles: ["admin"] };
  const good = await issuer.token(admin);
  const bad = [
    ["a token that has expired", await issuer.token({ ...admin, expiresIn: -3600 })],
    ["a token that another issuer signed", await issuer.token({ ...admin, forged: true })],
    ["a token that was cut off", good.slice(0, -20)],
    ["a token whose subject is a name", await issuer.token({ ...admin, subject: PERSON.name })],
    ["a key that nobody knows", "csk_nobodyKnowsThisKey0123456789abcdefghijklmn"],
    ["a card number for a key", CARD_SPELLINGS[0]],
    ["a name for a key", PERSON.name],
  ] as const;
  for (const token of [good, ...bad.slice(0, 4).map(([, token]) => token)]) {
    // The claims and the signature; the header is the same for all tokens.
    for (const part of token.split(".").slice(1)) made.push(exactly("a token", "token", part));
  }
  return { good, bad };
}

async function makeObjects(stack: DrivenStack) {
  const made = async (path: string, fields: Record<string, string>): Promise<string> => {
    const answer = await fetch(`${stack.stack.urls.stripeEmulator}/v1/${path}`, {
      method: "POST",
      headers: { authorization: "Bearer sk_test_local" },
      body: new URLSearchParams(fields),
    });
    return JSON.parse(await answer.text()).id;
  };
  const product = await made("products", { name: "Plan" });
  const priceId = await made("prices", {
    product,
    currency: "usd",
    unit_amount: "900",
    "recurring[interval]": "month",
  });
  const customer = await stack.send({
    what: "a customer",
    path: CUSTOMER,
    body: { email: PERSON.email },
    status: 200,
  });
  const intent = await stack.send({ what: "an intent", path: INTENT, body: { amount: 4200 }, status: 200 });
  const { paymentIntentId, clientSecret } = JSON.parse(intent.text);
  await stack.client.pay(paymentIntentId, CARD_SPELLINGS[0]);
  return { customerId: JSON.parse(customer.text).customerId, clientSecret, priceId };
}

/** A run that completes, a run that fails by itself, and one that Stripe makes fail. Each is read when it has ended. */
async function driveRuns(stack: DrivenStack, checkout: string): Promise<void> {
  const prose = {
    error: {
      type: "invalid_request_error",
      param: "automatic_payment_methods",
      message: `${PERSON.name}: ${PERSON.note}`,
    },
  };
  const fault = {
    match: { method: "POST", path: "/v1/payment_intents" },
    kind: "status",
    status: 400,
    body: prose,
    times: 1,
  };
  const runs: Call[] = [
    { what: "a run that completes", path: RUNS, body: aRun, bearer: checkout, status: 202 },
    {
      what: "a run that fails",
      path: RUNS,
      body: { ...aRun, customerName: `${aRun.customerName} `.repeat(60) },
      bearer: checkout,
      status: 202,
    },
    { what: "a run that Stripe fails", path: RUNS, body: aRun, status: 202, faults: [fault] },
  ];
  for (const call of runs) {
    const { runId } = JSON.parse((await stack.send(call)).text);
    await stack.client.endedRun("process-payment", runId);
    await stack.send({
      what: `the document of ${call.what}`,
      method: "GET",
      path: `${RUNS}/${runId}`,
      status: 200,
    });
  }
}

/** Two concurrent calls with one idempotency key: the second finds that the first is still running. */
async function driveConflict(stack: DrivenStack): Promise<void> {
  const call = {
    path: INTENT,
    body: { amount: 4200, metadata: { note: PERSON.note } },
    idempotencyKey: PERSON.address,
  };
  const delay = {
    match: { method: "POST", path: "/v1/payment_intents" },
    kind: "delay",
    ms: 6_000,
    times: 1,
  };
  await stack.client.control("DELETE", "faults");
  await stack.client.control("POST", "faults", [delay]);
  const first = stack.send({ ...call, what: "a slow call", status: 200 });
  await waitFor("the slow call to reach Stripe", async () => {
    const { body } = await stack.client.control("GET", "faults");
    return JSON.stringify(body).includes("delay") ? undefined : true;
  });
  await stack.send({ ...call, what: "the same call meanwhile", status: 409 });
  await first;
}
