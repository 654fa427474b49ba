/**
 * The counters that policies read as `usage.<name>`, in the table UsageCounters. Each is one atomic update that counts
 * the current call and returns the new value, so that concurrent calls are all counted.
 *
 *   calls#<principal>#<capability>#<minute>      +1 for every call, in fixed minutes of UTC
 *   calls#<principal>#<capability>#<day>         the same in days of UTC
 *   amount#<principal>#<customer>#<currency>#<day>   + the amount of a call, once for each reservation, in days of UTC
 *   spent#<principal>#<currency>#<day>           the same amounts, of all customers of a principal
 *   quantity#<customer>#<meter>#<day or month>   + the usage that a call records, once for each identifier: reserve-quantity.ts
 *
 * Amounts are counted by principal, so that no application can use up what another one may charge. Payments without a
 * customer count together, as those of the customer `-`: a caller cannot avoid a limit by leaving out a field.
 *
 * An amount is reserved before the call runs, and released if the call changed nothing. Until then it counts: two calls
 * that together would exceed a limit can both be denied, but never both be permitted. The calls of one payment share its
 * reservation: reserve-amount.ts.
 */

import { createHash } from "node:crypto";
import { updateAndRead } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import type { Usage, UsageName } from "../policy/policy.ts";
import { present } from "../present.ts";
import { scrub } from "../scrub.ts";
import { dayOf, minuteOf, monthOf } from "../utc-windows.ts";
import { countIn } from "./count-in.ts";
import { type ReservedAmount, reserveAmount } from "./reserve-amount.ts";
import { reserveQuantity } from "./reserve-quantity.ts";

const NO_CUSTOMER = "-";
const NO_AMOUNT: ReservedAmount = { total: 0, hold: async () => 0, undo: async () => undefined };
/** Kept a day longer than they count, so that an operator can see why a call was denied. */
const KEPT_SECONDS = 2 * 24 * 60 * 60;

export interface UsageRequest {
  /** Which counters are read; no others are changed. */
  readonly names: readonly UsageName[];
  readonly principalId: string;
  /** The capability's or workflow's id. */
  readonly capability: string;
  /**
   * The checked inputs: `amount` (smallest unit), `currency` and `customerId` are read; with the first two it is a payment. With
   * `meter` and `quantity`, it is usage.
   */
  readonly input: unknown;
  /** Names the payment: a repeated call with the same name reserves its amount once. */
  readonly reservation: string;
  readonly now: Date;
}

export interface CountedUsage {
  readonly usage: Usage;
  /**
   * For the owner of the claim, before it runs: makes sure that the amount counts for as long as this call needs it, even if
   * another call with the same reservation releases it. Returns the usage as of then. Throws SERVICE_UNAVAILABLE as `countUsage` does.
   */
  hold(): Promise<Usage>;
  /** Releases the amount that this call has reserved or holds; an amount that another call holds stays. */
  undo(): Promise<void>;
}

/** Counts the call. Throws SERVICE_UNAVAILABLE if DynamoDB does not respond with a number: a call that is not counted must not run. */
export async function countUsage(request: UsageRequest): Promise<CountedUsage> {
  const { names, now } = request;
  const [callsThisMinute, callsToday, ofCustomer, ofPrincipal, recorded] = await Promise.all([
    names.includes("callsThisMinute") ? countCall(request, minuteOf(now)) : undefined,
    names.includes("callsToday") ? countCall(request, dayOf(now)) : undefined,
    names.includes("customerAmountToday") ? reserve(request, counterOfCustomer) : undefined,
    names.includes("principalAmountToday") ? reserve(request, counterOfPrincipal) : undefined,
    recordQuantity(request),
  ]);
  const usageWith = (customerAmountToday: number | undefined, principalAmountToday: number | undefined) => ({
    ...present({ callsThisMinute, callsToday, customerAmountToday, principalAmountToday }),
    ...recorded.usage,
  });
  return {
    usage: usageWith(ofCustomer?.total, ofPrincipal?.total),
    hold: async () => usageWith(...(await Promise.all([ofCustomer?.hold(), ofPrincipal?.hold()]))),
    undo: async () => {
      await Promise.all([ofCustomer?.undo(), ofPrincipal?.undo(), recorded.undo()]);
    },
  };
}

async function countCall({ principalId, capability, now }: UsageRequest, window: string): Promise<number> {
  const counted = await updateAndRead(
    env("USAGE_COUNTERS_TABLE"),
    { counter: `calls#${principalId}#${capability}#${window}` },
    "ADD calls :one SET expiresAt = if_not_exists(expiresAt, :expiresAt)",
    { values: { ":one": 1, ":expiresAt": expiresAt(now) } },
  );
  const { calls } = counted ?? {};
  return countIn(calls);
}

type Payment = NonNullable<ReturnType<typeof paymentIn>>;
type CounterOf = (payment: Payment, request: UsageRequest) => string;

const counterOfCustomer: CounterOf = ({ customerId, currency }, { principalId, now }) =>
  `amount#${principalId}#${customerId}#${currency}#${dayOf(now)}`;
const counterOfPrincipal: CounterOf = ({ currency }, { principalId, now }) =>
  `spent#${principalId}#${currency}#${dayOf(now)}`;

function reserve(request: UsageRequest, counterOf: CounterOf): ReservedAmount | Promise<ReservedAmount> {
  const payment = paymentIn(request.input);
  if (payment === undefined) return NO_AMOUNT;
  return reserveAmount({
    counter: counterOf(payment, request),
    amount: payment.amount,
    reservation: request.reservation,
    expiresAt: expiresAt(request.now),
  });
}

/**
 * Counts for the customer and the meter, whichever principal records: the limit protects the customer's bill. A record without an
 * identifier is counted once for each key.
 */
async function recordQuantity({
  names,
  input,
  reservation,
  now,
}: UsageRequest): Promise<Pick<CountedUsage, "usage" | "undo">> {
  const windows = present({
    quantityToday: names.includes("quantityToday") ? dayOf(now) : undefined,
    quantityThisMonth: names.includes("quantityThisMonth") ? monthOf(now) : undefined,
  });
  const usage = usageIn(input);
  const nothing = Object.fromEntries(Object.keys(windows).map((name) => [name, 0]));
  if (usage === undefined || Object.keys(windows).length === 0)
    return { usage: nothing, undo: async () => undefined };
  const { customerId, meter, quantity, identifier } = usage;
  const keyOf = (window: string) => `quantity#${digestOf([customerId, meter])}#${window}`;
  const named = identifier === undefined ? [reservation] : [identifier, customerId, meter, quantity];
  const { totals, undo } = await reserveQuantity({
    reservation: digestOf(named),
    quantity,
    counters: Object.values(windows).map(keyOf),
    now,
  });
  return {
    usage: Object.fromEntries(
      Object.entries(windows).map(([name, window]) => [name, countIn(totals[keyOf(window)])]),
    ),
    undo,
  };
}

/** Meters and identifiers are chosen by callers, so they could be secrets, or too long for a key. */
const digestOf = (parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");

function usageIn(input: unknown) {
  const { customerId, meter, quantity, identifier }: Record<string, unknown> = Object(input);
  if (typeof meter !== "string" || !Number.isSafeInteger(quantity) || Number(quantity) < 0) return undefined;
  return {
    customerId: countedCustomer(customerId),
    meter,
    quantity: Number(quantity),
    identifier: typeof identifier === "string" ? identifier : undefined,
  };
}

function paymentIn(input: unknown): { customerId: string; currency: string; amount: number } | undefined {
  // A non-object has no fields.
  const { customerId, currency, amount }: Record<string, unknown> = Object(input);
  if (typeof currency !== "string" || !/^[a-z]{3}$/.test(currency)) return undefined;
  // The operation refuses an invalid amount. If it were counted, it would corrupt the sum, and a negative one would raise the
  // limit.
  if (!Number.isSafeInteger(amount) || Number(amount) < 0) return undefined;
  return { customerId: countedCustomer(customerId), currency, amount: Number(amount) };
}

/** Stripe refuses anything that is not one of its ids, and it might not fit into a key, or be a secret. */
function countedCustomer(customerId: unknown): string {
  if (typeof customerId !== "string" || !/^\w{1,255}$/.test(customerId)) return NO_CUSTOMER;
  return scrub(customerId) === customerId ? customerId : NO_CUSTOMER;
}

const expiresAt = (now: Date) => Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
