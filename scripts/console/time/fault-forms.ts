/** Every fault that a person can order, in words. Pure. */

export type FaultPart = "stripe" | "webhooks" | "aws";

export interface FaultField {
  readonly name: string;
  readonly label: string;
  readonly type: "number" | "text";
  readonly initial?: string;
  readonly isOptional?: true;
}

export interface FaultForm {
  readonly kind: string;
  readonly part: FaultPart;
  readonly title: string;
  readonly about: string;
  readonly fields: readonly FaultField[];
}

const number = (name: string, label: string, initial?: string): FaultField => ({
  name,
  label,
  type: "number",
  ...(initial === undefined ? { isOptional: true } : { initial }),
});
const text = (name: string, label: string): FaultField => ({ name, label, type: "text", isOptional: true });

const TIMES = number("times", "How often", "1");
const MS = number("ms", "Milliseconds", "2000");
const REQUEST = [
  TIMES,
  number("after", "Let through before"),
  text("method", "Only method, such as POST"),
  text("path", "Only path, such as /v1/refunds*"),
];
const EVENTS = [TIMES, text("type", "Only type, such as invoice.*")];

export const FAULT_FORMS: readonly FaultForm[] = [
  form(
    "stripe",
    "status",
    "Stripe responds with a status",
    "500 and 402 are kept under the idempotency key, as Stripe keeps them; 429, 502 and 503 are not.",
    [number("status", "Status, 400 to 599", "503"), ...REQUEST],
  ),
  form("stripe", "delay", "Stripe responds late", "The request is done after the delay.", [MS, ...REQUEST]),
  form(
    "stripe",
    "reset_after_commit",
    "The response is lost",
    "Stripe does what was asked, and the connection is cut before the response.",
    REQUEST,
  ),
  form(
    "stripe",
    "truncate",
    "The response is cut in half",
    "Stripe does what was asked; half of the response arrives.",
    REQUEST,
  ),
  form(
    "stripe",
    "stall",
    "The response stops halfway",
    "Stripe does what was asked; half of the response arrives, then nothing until the connection is cut.",
    [MS, ...REQUEST],
  ),
  form(
    "webhooks",
    "drop_webhooks",
    "Events are lost",
    "Stripe does not deliver them. They can be sent again.",
    EVENTS,
  ),
  form(
    "webhooks",
    "duplicate_webhooks",
    "Events arrive more than once",
    "Each is delivered that many times more.",
    [number("copies", "Copies", "1"), ...EVENTS],
  ),
  form("webhooks", "delay_webhooks", "Events arrive late", "Each is delivered that much later.", [
    MS,
    ...EVENTS,
  ]),
  form(
    "webhooks",
    "reorder_webhooks",
    "Events arrive in the wrong order",
    "Stripe holds that many events and delivers the last one first, or shuffled by a seed.",
    [
      number("times", "How many events", "2"),
      number("ms", "Milliseconds until they are sent anyway", "5000"),
      number("seed", "Seed to shuffle by"),
      text("type", "Only type, such as invoice.*"),
    ],
  ),
  form(
    "webhooks",
    "same_second",
    "Events of the same second",
    "They have the time of the first one: their order cannot be read from it.",
    EVENTS,
  ),
  form(
    "webhooks",
    "webhook_outage",
    "Our webhook does not respond",
    "Every attempt to deliver fails, until it is taken back or the time is over.",
    [number("ms", "Milliseconds"), text("type", "Only type, such as invoice.*")],
  ),
  form(
    "aws",
    "dynamodb",
    "DynamoDB fails",
    "Some of its calls fail: with a 503, without a response, or with the connection cut; with a table, that table is throttled.",
    [
      number("percent", "Of its calls, in percent", "10"),
      text("table", "Only table, such as contractspec-stripe-dev-customers"),
    ],
  ),
  form(
    "aws",
    "sqs",
    "SQS fails",
    "Some of its calls fail: with a 503, without a response, or with the connection cut.",
    [number("percent", "Of its calls, in percent", "10")],
  ),
];

function form(
  part: FaultPart,
  kind: string,
  title: string,
  about: string,
  fields: readonly FaultField[],
): FaultForm {
  return { part, kind, title, about, fields };
}

export const formOf = (kind: unknown): FaultForm | undefined =>
  FAULT_FORMS.find((each) => each.kind === kind);
