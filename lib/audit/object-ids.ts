/** Ids of Stripe's objects inside what an attempt was given or answered. Pure. */

/** Kinds of objects that payments, customers and billing are about. https://docs.stripe.com/api */
const PREFIXES =
  "acct|card|ch|cs|cus|dp|du|evt|ii|il|in|inpay|mandate|pi|plan|pm|po|price|prod|promo|py|pyr|re|seti|si|src|sub|sub_sched|tr|trr|txn|txr";
/** With a digit, as every id has: so that `in_transit` and `card_declined`, which are statuses, are none. */
const OBJECT_ID = new RegExp(`^(?:${PREFIXES})_(?:test_|live_)?(?=[A-Za-z]*\\d)[A-Za-z0-9]{1,200}$`);

/** Every text in `value`, at any depth, that is an object's id; each once, in order. */
export function objectIdsIn(value: unknown): string[] {
  return [...new Set(textsIn(value).filter((text) => OBJECT_ID.test(text)))];
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
