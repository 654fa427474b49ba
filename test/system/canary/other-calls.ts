/** Calls of the other entrances of the stack: workflows, the webhook, the pay page, the audit log, the authorizer. */

import { createPayToken } from "../../../lib/pay-link/pay-token.ts";
import { present } from "../../../lib/present.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { webhookSignature } from "../../../stripe-emulator/index.ts";
import { CARD_SPELLINGS, OUR_SECRETS, PERSON } from "./canaries.ts";
import { PERSONAL_METADATA } from "./capability-calls.ts";
import type { Call } from "./driven-stack.ts";

export const RUNS = "/api/workflows/process-payment/runs";
const WEBHOOK = "/api/webhooks/stripe";
const inPath = encodeURIComponent;

export const aRun = { customerEmail: PERSON.email, customerName: PERSON.name, amount: 4200 };

export const workflowCalls = (support: string): readonly Call[] => [
  { what: "a run", path: RUNS, body: aRun, idempotencyKey: PERSON.name, status: 202 },
  { what: "the run again", path: RUNS, body: aRun, idempotencyKey: PERSON.name, status: 202 },
  {
    what: "the run's idempotency key with another input",
    path: RUNS,
    body: { ...aRun, amount: 1 },
    idempotencyKey: PERSON.name,
    status: 422,
  },
  { what: "a run by a principal without the right", path: RUNS, body: aRun, bearer: support, status: 403 },
  {
    what: "a run with a field of that name",
    path: RUNS,
    body: { ...aRun, [PERSON.name]: PERSON.note },
    status: 422,
  },
  { what: "a run with a card", path: RUNS, body: { ...aRun, customerName: CARD_SPELLINGS[2] }, status: 422 },
  { what: "a run of a name", path: `/api/workflows/${inPath(PERSON.name)}/runs`, body: aRun, status: 404 },
  { what: "a run that is a name", method: "GET", path: `${RUNS}/${inPath(PERSON.name)}`, status: 404 },
  { what: "a run that is an address", method: "GET", path: `${RUNS}/${inPath(PERSON.email)}`, status: 404 },
];

/** A delivery of an event; by default signed with the right secret, and expected to be accepted. */
export function webhookCall(
  what: string,
  body: string,
  status = 200,
  secret: string = OUR_SECRETS.webhookSecret,
): Call {
  const signature = webhookSignature(body, [secret], Math.floor(Date.now() / 1000));
  const headers = { "content-type": "application/json", "stripe-signature": signature };
  return { what, path: WEBHOOK, body, headers, bearer: "", idempotencyKey: "", status };
}

export const anEvent = (id: string, objectId: string, type = "payment_intent.succeeded") =>
  JSON.stringify({
    id,
    object: "event",
    api_version: STRIPE_API_VERSION,
    type,
    created: Math.floor(Date.now() / 1000),
    data: {
      object: {
        status: "succeeded",
        amount: 4200,
        currency: "usd",
        client_secret: `${objectId.slice(0, 20)}_secret_YrKJUKribcBjcG8HVhfZluoGH`,
        receipt_email: PERSON.email,
        description: PERSON.note,
        shipping: { name: PERSON.name, phone: PERSON.phone, address: { line1: PERSON.address } },
        metadata: PERSONAL_METADATA,
        last_payment_error: { code: "card_declined", message: PERSON.name },
        // Last, because one id is long.
        id: objectId,
      },
    },
  });

/** A thin event of a payment intent that Stripe does not have: no consumer can ever apply it. */
const aThinEvent = JSON.stringify({
  id: "evt_canary3",
  object: "v2.core.event",
  type: "v1.payment_intent.succeeded",
  created: new Date().toISOString(),
  reason: { type: "request", request: { id: PERSON.name, idempotency_key: PERSON.note } },
  related_object: {
    id: "pi_canary3",
    type: "payment_intent",
    url: `/v1/payment_intents/${inPath(PERSON.email)}`,
  },
});

export const webhookCalls = (): readonly Call[] => [
  webhookCall("an event", anEvent("evt_canary1", "pi_canary1")),
  webhookCall("the event again", anEvent("evt_canary1", "pi_canary1")),
  webhookCall(
    "an event of a subscription",
    anEvent("evt_canary2", "sub_canary2", "customer.subscription.updated"),
  ),
  webhookCall("an event that cannot be applied", aThinEvent),
  webhookCall("an id that is too long", anEvent("evt_canary8", `pi_${"x".repeat(3_000)}`)),
  webhookCall("an event of a customer", anEvent("evt_canary9", "cus_canary9", "customer.updated")),
  webhookCall("an event of an invoice", anEvent("evt_canary10", "in_canary10", "invoice.paid")),
  webhookCall("an event of a refund", anEvent("evt_canary11", "re_canary11", "refund.created")),
  webhookCall("a type without a consumer", anEvent("evt_canary12", "po_canary12", "payout.paid")),
  webhookCall("a type that nobody knows", anEvent("evt_canary4", "pi_canary4", `made.up.by ${PERSON.name}`)),
  webhookCall("an id that is prose", anEvent(PERSON.note, "pi_canary5", "charge.succeeded")),
  webhookCall("a body that is not JSON", `{"customer": ${PERSON.name}`),
  webhookCall("a body that is not an event", JSON.stringify({ name: PERSON.name, card: CARD_SPELLINGS[0] })),
  webhookCall("a bad signature", anEvent("evt_canary6", "pi_canary6"), 400, "whsec_of_somebody_else"),
  {
    ...webhookCall("no signature", anEvent("evt_canary7", "pi_canary7"), 400),
    headers: { "stripe-signature": PERSON.name },
  },
];

export const payPageCalls = (payLink: string): readonly Call[] => {
  const { pathname } = new URL(payLink);
  const page = (what: string, path: string, status: number, more: Partial<Call> = {}): Call => ({
    ...{ what, method: "GET", path, status, bearer: "", idempotencyKey: "", ...more },
  });
  const expired = createPayToken({ objectId: "pi_canary8", expiresAt: 1_700_000_000 }, [
    OUR_SECRETS.appSecret,
  ]);
  const failure = { error: { type: "api_error", message: `${PERSON.name} ${PERSON.note}` } };
  const fault = {
    match: { method: "GET", path: "/v1/payment_intents/*" },
    kind: "status",
    status: 500,
    body: failure,
    times: 2,
  };
  return [
    page("the pay page", pathname, 200),
    page("the pay page of an expired link", `/pay/${expired}`, 410),
    page("the pay page of a forged link", `${pathname.slice(0, -4)}xxxx`, 404),
    page("the pay page of a name", `/pay/${inPath(PERSON.name)}`, 404),
    page("an asset of that name", `/pay/assets/${inPath(PERSON.name)}`, 404),
    page("the pay page while Stripe fails", pathname, 503, { faults: [fault] }),
    page("the health check", `/api/health?name=${inPath(PERSON.name)}`, 200),
  ];
};

const TEXTS = [PERSON.name, PERSON.email, PERSON.phone, PERSON.address, PERSON.note, CARD_SPELLINGS[1]];

/** Too long, or a card number. */
const isRefused = (text: string) => text.length > 255 || CARD_SPELLINGS.some((spelling) => spelling === text);

export const auditCalls = (support: string, secrets: readonly string[]): readonly Call[] => {
  const read = (what: string, query: string, status: number, bearer?: string): Call => ({
    ...{ what, method: "GET", path: `/api/audit?${query}`, status, idempotencyKey: "" },
    ...present({ bearer }),
  });
  return [
    ...[...TEXTS, ...secrets].flatMap((text) => [
      ...["resource", "actor", "object"].map((name) =>
        read(`entries by that ${name}`, `${name}=${inPath(text)}`, isRefused(text) ? 422 : 200),
      ),
      ...["result", "from", "limit", "cursor"].map((name) =>
        read(`a wrong ${name}`, `${name}=${inPath(text)}`, 422),
      ),
      read("a parameter of that name", `${inPath(text)}=1`, 422),
    ]),
    read("everything as support", "limit=100", 200, support),
  ];
};

/** Calls of callers whom the authorizer refuses. Every bearer is a canary itself. */
export const refusedCallers = (bearers: readonly (readonly [string, string])[]): readonly Call[] =>
  bearers.map(([what, bearer]) => ({
    ...{ what, method: "GET", path: "/api/audit?limit=1", bearer, idempotencyKey: "", status: 401 },
  }));
