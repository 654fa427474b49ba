/** Compares what two sides responded. No I/O. */
import type { Played } from "./play.ts";
import type { Json } from "./side.ts";

/** Both sides are given by name in what is printed. */
export interface Difference {
  /** The step and the field, such as `payment: next_action.type`, or `events`. */
  readonly where: string;
  readonly what: string;
}

/** Fields that belong to the account or to one request. They must be there and have the same type. */
const OF_THE_ACCOUNT: ReadonlySet<string> = new Set([
  ...[
    "account_country",
    "account_name",
    "authorization_code",
    "calculated_statement_descriptor",
    "fingerprint",
  ],
  ...[
    "invoice_prefix",
    "message",
    "network_transaction_id",
    "number",
    "payment_method_configuration_details",
  ],
  ...["receipt_number", "risk_score", "statement_descriptor"],
]);
const TIME =
  /(^|_)(created|date|anchor|attempt|end|ends|expiry|expires|frozen_time|period|start|updated)$|_(at|end|start|date|until)$/;
const FIRST_UNIX_SECONDS = 1_000_000_000;
const ID = /\b([a-z]{2,}(?:_[a-z]+)*)_(?=[A-Za-z]*\d|[a-z0-9]*[A-Z])[A-Za-z0-9]{8,}/g;

/** The differences of two runs of a scenario: of each response field by field, then of the events. */
export function differencesOf(one: Played, other: Played, names: readonly [string, string]): Difference[] {
  const steps = new Set([...one.responses.keys(), ...other.responses.keys()]);
  const ofResponses = [...steps].flatMap((step) => {
    const [first, second] = [one.responses.get(step), other.responses.get(step)];
    if (first === undefined || second === undefined) {
      return [{ where: step, what: `only ${first === undefined ? names[1] : names[0]} came this far` }];
    }
    const status = first.status === second.status ? [] : [`status`];
    return [
      ...status.map((field) => difference(`${step}: ${field}`, first.status, second.status, names)),
      ...compared(`${step}: `, "", first.body, second.body, names),
    ];
  });
  return [...ofResponses, ...eventDifferences(one.events, other.events, names)];
}

function compared(
  path: string,
  name: string,
  one: Json | undefined,
  other: Json | undefined,
  names: readonly [string, string],
): Difference[] {
  if (one === undefined || other === undefined || kindOf(one) !== kindOf(other))
    return [difference(path, one, other, names)];
  if (Array.isArray(one) && Array.isArray(other)) {
    const length = Math.max(one.length, other.length);
    return Array.from({ length }, (_, index) =>
      compared(`${path}[${index}]`, name, one[index], other[index], names),
    ).flat();
  }
  if (isObject(one) && isObject(other)) {
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) =>
      compared(path.endsWith(": ") ? `${path}${key}` : `${path}.${key}`, key, one[key], other[key], names),
    );
  }
  return formOf(name, one) === formOf(name, other) ? [] : [difference(path, one, other, names)];
}

/** What two values must have in common: their form, when they are ids, times, secrets or addresses, otherwise themselves. */
export function formOf(name: string, value: Json): string {
  if (OF_THE_ACCOUNT.has(name)) return `<${kindOf(value)}>`;
  if (typeof value === "number" && value >= FIRST_UNIX_SECONDS && TIME.test(name)) return "<time>";
  if (typeof value !== "string") return JSON.stringify(value);
  if (/(^|_)secret$|_token$/.test(name)) return "<secret>";
  if (/^https?:/.test(value)) return "<address>";
  const withoutIds = value.replaceAll(ID, "<$1>");
  // Coupons, for example, have ids without a prefix.
  return name === "id" && withoutIds === value ? "<id>" : withoutIds;
}

function eventDifferences(
  one: readonly string[],
  other: readonly string[],
  names: readonly [string, string],
): Difference[] {
  const missing = (from: readonly string[], among: readonly string[]) => {
    const left = [...among];
    return from.filter((type) => {
      const index = left.indexOf(type);
      if (index !== -1) left.splice(index, 1);
      return index === -1;
    });
  };
  const only = [
    ...missing(one, other).map((type) => ({ where: "events", what: `only ${names[0]} has ${type}` })),
    ...missing(other, one).map((type) => ({ where: "events", what: `only ${names[1]} has ${type}` })),
  ];
  const isSameOrder = one.join() === other.join();
  if (only.length > 0 || isSameOrder) return only;
  const what = `the order differs: ${names[0]} ${one.join(", ")}; ${names[1]} ${other.join(", ")}`;
  return [{ where: "events", what }];
}

function difference(
  where: string,
  one: Json | undefined,
  other: Json | undefined,
  names: readonly [string, string],
): Difference {
  return { where, what: `${names[0]} ${shown(one)}, ${names[1]} ${shown(other)}` };
}

/** Secrets are not shown: the differences end up in logs. */
function shown(value: Json | undefined): string {
  if (value === undefined) return "has no such field";
  const text = JSON.stringify(value).replaceAll(/_secret_\w+/g, "_secret_...");
  return text.length > 120 ? `${text.slice(0, 120)}...` : text;
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
