/** Calls of capabilities with canaries in every place where a caller can put one. */
import { CARD_SPELLINGS, PERSON } from "./canaries.ts";
import type { Call } from "./driven-stack.ts";

export const CUSTOMER = "/api/capabilities/stripe-create-customer";
export const INTENT = "/api/capabilities/stripe-create-payment-intent";
export const SUBSCRIPTION = "/api/capabilities/stripe-create-subscription";
const MAIL = "/api/capabilities/send-email";
const JSON_TYPE = { "content-type": "application/json" };

export const PERSONAL_METADATA = {
  note: PERSON.note,
  reachedAt: PERSON.phone,
  sentTo: PERSON.address,
} as const;
const aCustomer = { email: PERSON.email, name: PERSON.name, metadata: PERSONAL_METADATA };
export const anIntent = { amount: 4200, currency: "usd", metadata: PERSONAL_METADATA };

/** Correct calls of every capability. */
export const goodCalls = (madeSecret: string, customerId: string, priceId: string): readonly Call[] => [
  { what: "an intent for a customer", path: INTENT, body: { ...anIntent, customerId }, status: 200 },
  { what: "a subscription", path: SUBSCRIPTION, body: { customerId, priceId, trialDays: 14 }, status: 200 },
  {
    what: "a mail about an error",
    path: MAIL,
    body: { to: PERSON.email, template: "payment-error", data: { error: `${PERSON.name}: ${PERSON.note}` } },
    status: 200,
  },
  {
    what: "a mail with a payment link",
    path: MAIL,
    body: { to: PERSON.email, template: "payment-link", data: { clientSecret: madeSecret, amount: 4200 } },
    status: 200,
  },
  {
    what: "metadata whose key is a person's name",
    path: CUSTOMER,
    body: { email: `second.${PERSON.email}`, metadata: { [PERSON.name]: PERSON.email } },
    status: 200,
  },
  {
    what: "a name in the query",
    path: `${INTENT}?for=${encodeURIComponent(PERSON.name)}`,
    body: anIntent,
    status: 200,
  },
];

/** Calls that repeat an idempotency key: replayed, with another body, by another principal. */
export const repeatedCalls = (otherKey: string): readonly Call[] => [
  { what: "a customer", path: CUSTOMER, body: aCustomer, idempotencyKey: PERSON.note, status: 200 },
  { what: "a customer, replayed", path: CUSTOMER, body: aCustomer, idempotencyKey: PERSON.note, status: 200 },
  {
    what: "the same idempotency key with another body",
    path: CUSTOMER,
    body: { ...aCustomer, name: `${PERSON.name} the younger` },
    idempotencyKey: PERSON.note,
    status: 422,
  },
  {
    what: "the idempotency key of another principal",
    path: CUSTOMER,
    body: aCustomer,
    idempotencyKey: PERSON.note,
    bearer: otherKey,
    status: 200,
  },
  ...[PERSON.name, PERSON.email, PERSON.phone].map((idempotencyKey) => ({
    ...{
      what: "personal data as Idempotency-Key",
      path: INTENT,
      body: anIntent,
      idempotencyKey,
      status: 200,
    },
  })),
  ...[CARD_SPELLINGS[1], PERSON.name.repeat(20)].map((idempotencyKey) => ({
    ...{ what: "an invalid Idempotency-Key", path: INTENT, body: anIntent, idempotencyKey, status: 400 },
  })),
];

const TEXTS = [PERSON.name, PERSON.email, PERSON.phone, PERSON.address, PERSON.note, ...CARD_SPELLINGS];

/**
 * Calls that the contract or the capability refuses. `secrets`: keys and tokens, which are sent in the place of ids.
 */
export const wrongCalls = (secrets: readonly string[]): readonly Call[] => [
  ...TEXTS.flatMap((text): Call[] => [
    { what: "an unknown field of that name", path: INTENT, body: { ...anIntent, [text]: 1 }, status: 422 },
    {
      what: "metadata nested under that name",
      path: INTENT,
      body: { ...anIntent, metadata: { [text]: {} } },
      status: 422,
    },
    {
      what: "a mail with unknown data of that name",
      path: MAIL,
      body: mail({ error: "no", [text]: 1 }),
      status: 422,
    },
    { what: "that text as a currency", path: INTENT, body: { ...anIntent, currency: text }, status: 422 },
    {
      what: "that text as a price",
      path: SUBSCRIPTION,
      body: { customerId: "cus_none", priceId: text },
      status: 422,
    },
    { what: "that text as a template", path: MAIL, body: { to: PERSON.email, template: text }, status: 422 },
    {
      what: "a field of that name twice",
      path: INTENT,
      body: `{"amount":4200,${JSON.stringify(text)}:1,${JSON.stringify(text)}:2}`,
      headers: JSON_TYPE,
      status: 400,
    },
  ]),
  ...[...TEXTS, ...secrets].map((customerId) => ({
    ...{ what: "that text as a customer", path: INTENT, body: { ...anIntent, customerId }, status: 422 },
  })),
  ...CARD_SPELLINGS.flatMap((card): Call[] => [
    { what: "a card in metadata", path: INTENT, body: { ...anIntent, metadata: { card } }, status: 422 },
    {
      what: "a card in a name",
      path: CUSTOMER,
      body: { ...aCustomer, name: `${PERSON.name} ${card}` },
      status: 422,
    },
    { what: "a card in a mail", path: MAIL, body: mail({ error: `declined: ${card}` }), status: 422 },
  ]),
  { what: "a card as an amount", path: INTENT, body: { amount: Number(CARD_SPELLINGS[0]) }, status: 422 },
  { what: "a name as an address", path: CUSTOMER, body: { ...aCustomer, email: PERSON.name }, status: 422 },
  { what: "a name for an amount", path: INTENT, body: { ...anIntent, amount: PERSON.name }, status: 422 },
  {
    what: "a long name in metadata",
    path: INTENT,
    body: metadata({ [PERSON.name.repeat(2)]: 1 }),
    status: 422,
  },
  {
    what: "a long text in metadata",
    path: INTENT,
    body: metadata({ note: PERSON.note.repeat(30) }),
    status: 422,
  },
  { what: "a client secret that is invalid", path: MAIL, body: linkMail(PERSON.name), status: 422 },
  {
    what: "another content type",
    path: CUSTOMER,
    body: JSON.stringify(aCustomer),
    headers: { "content-type": "text/plain" },
    status: 400,
  },
  {
    what: "a body that is not JSON",
    path: CUSTOMER,
    body: `${JSON.stringify(aCustomer)} ${PERSON.name}`,
    headers: JSON_TYPE,
    status: 400,
  },
  {
    what: "JSON that begins with a name",
    path: CUSTOMER,
    body: PERSON.name,
    headers: JSON_TYPE,
    status: 400,
  },
  {
    what: "half of the JSON",
    path: CUSTOMER,
    body: JSON.stringify(aCustomer).slice(0, -20),
    headers: JSON_TYPE,
    status: 400,
  },
  {
    what: "a body that is not UTF-8",
    path: CUSTOMER,
    body: Buffer.from(`"${PERSON.name}\xff"`, "latin1"),
    headers: JSON_TYPE,
    status: 400,
  },
  { what: "6 MB", path: CUSTOMER, body: { ...aCustomer, more: PERSON.note.repeat(300_000) }, status: 413 },
];

const mail = (data: object) => ({ to: PERSON.email, template: "payment-error", data });
const linkMail = (clientSecret: string) => ({
  to: PERSON.email,
  template: "payment-link",
  data: { clientSecret, amount: 4200 },
});
const metadata = (entries: object) => ({ ...anIntent, metadata: entries });

export const deniedCalls = (checkout: string, support: string): readonly Call[] => [
  { what: "a role without the right", path: CUSTOMER, body: aCustomer, bearer: support, status: 403 },
  {
    what: "mail without a workflow",
    path: MAIL,
    body: mail({ error: PERSON.note }),
    bearer: checkout,
    status: 403,
  },
  {
    what: "an amount above the limit",
    path: INTENT,
    body: { ...anIntent, amount: 9_000_000 },
    bearer: checkout,
    status: 403,
  },
];
