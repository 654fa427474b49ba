/** Finds ids of Stripe's objects and of SES's mails in an attempt's inputs and outputs. Pure. */

/** Kinds of objects that payments, customers and billing are about. https://docs.stripe.com/api */
const PREFIXES =
  "acct|card|ch|cs|cus|dp|du|evt|ii|il|in|inpay|mandate|pi|plan|pm|po|price|prod|promo|py|pyr|re|seti|si|src|sub|sub_sched|tr|trr|txn|txr";
/** An id has a digit or a capital letter. Statuses such as `in_transit` and `card_declined` have neither. */
const STRIPE_ID = `(?:${PREFIXES})_(?:test_|live_)?(?=[a-z]*[A-Z\\d])[A-Za-z0-9]{1,200}`;
const MAIL_ID = "\\w{16}(?:-\\w{4,12}){5}-\\d{6}";
const OBJECT_ID = new RegExp(`^(?:${STRIPE_ID}|${MAIL_ID})$`);

/** Every string in `value`, at any depth, that is an object's id; each once, in order. */
export function objectIdsIn(value: unknown): string[] {
  const found = new Set<string>();
  addObjectIds(value, found);
  return [...found];
}

function addObjectIds(value: unknown, found: Set<string>): void {
  if (typeof value === "string") {
    if (OBJECT_ID.test(value)) found.add(value);
  } else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) addObjectIds(item, found);
  }
}
