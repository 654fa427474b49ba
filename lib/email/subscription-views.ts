/** The views of mails about subscriptions, and about the cards that pay them. */
import { fillText } from "../languages/fill-text.ts";
import { formatMonth } from "../languages/format-date.ts";
import { textOf } from "../untrusted.ts";
import type { MailTexts } from "./mail-texts.ts";
import { amountIn, cardIn, type Data, dayIn, missing, type ViewContext, view } from "./view.ts";

const PLAN_TAGS = ["plan", "price", "trialEnd", "nextPayment", "link"] as const;
const NO_SUBSCRIPTION = "in a mail that does not name a subscription at Stripe";

export const SUBSCRIPTION_VIEWS = {
  "subscription-started": view(PLAN_TAGS, planOf),
  "trial-ending": view([...PLAN_TAGS, "canPay"], (data, context) => {
    if (data.trialEnd === undefined) throw missing("trialEnd", NO_SUBSCRIPTION);
    return { ...planOf(data, context), nextPayment: undefined, canPay: data.hasPaymentMethod !== false };
  }),
  "subscription-changed": view(PLAN_TAGS, (data, context) => ({
    ...planOf(data, context),
    trialEnd: undefined,
  })),
  "subscription-canceled": view(["plan", "endsAt", "hasEnded", "link"], (data, context) => {
    const endsAt = textOf(data.endsAt);
    if (endsAt === undefined) throw missing("endsAt", NO_SUBSCRIPTION);
    const { plan, link } = planOf(data, context);
    const hasEnded = new Date(endsAt).getTime() <= context.now.getTime();
    return { plan, link, endsAt: dayIn(data, "endsAt", context), hasEnded };
  }),
  "card-expiring": view(["card", "last4", "month", "hasExpired", "link"], (data, context) => {
    const card = cardIn(data, context);
    for (const field of ["cardBrand", "cardLast4", "expMonth", "expYear"])
      if (data[field] === undefined) throw missing(field, "in a mail that does not name a card at Stripe");
    const [month, year] = [Number(data.expMonth), Number(data.expYear)];
    return {
      card,
      last4: data.cardLast4,
      month: formatMonth({ year, month }, context.locale),
      // A card works until its last month is over, wherever that is last.
      hasExpired: Date.UTC(year, month, 1, 12) <= context.now.getTime(),
      link: data.updateUrl,
    };
  }),
};

function planOf(data: Data, context: ViewContext) {
  const { product, quantity = 1 } = data;
  if (product === undefined) throw missing("product", NO_SUBSCRIPTION);
  return {
    plan: quantity === 1 ? product : `${product} × ${quantity}`,
    price: priceOf(data, context),
    trialEnd: dayIn(data, "trialEnd", context),
    nextPayment: dayIn(data, "renewsAt", context),
    link: data.manageUrl,
  };
}

const ONE = { day: "perDay", week: "perWeek", month: "perMonth", year: "perYear" } as const;
const SEVERAL = { day: "everyDays", week: "everyWeeks", month: "everyMonths", year: "everyYears" } as const;

/** "$10.00 per month", "$25.00 every 3 months"; only the amount if the period is not known. */
function priceOf(data: Data, context: ViewContext): string | undefined {
  const { amount, interval, intervalCount = 1 } = data;
  if (amount === undefined) return undefined;
  const price = amountIn(data, context);
  const text = periodText(String(interval), Number(intervalCount), context.texts);
  return text === undefined ? price : fillText(text, { price, count: Number(intervalCount) });
}

function periodText(interval: string, count: number, { shared }: MailTexts): string | undefined {
  if (interval !== "day" && interval !== "week" && interval !== "month" && interval !== "year")
    return undefined;
  return shared[count === 1 ? ONE[interval] : SEVERAL[interval]];
}
