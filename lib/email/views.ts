/** What a template's tags show, made from its data. Here a client secret becomes a link, and an amount becomes readable. */
import { invalidField } from "../errors.ts";
import { checkAmount } from "../money/check-amount.ts";
import { formatMoney } from "../money/format-money.ts";
import { createPayToken, PAY_LINK_TTL_SECONDS, paymentIntentIdOf } from "../pay-link/pay-token.ts";
import { invalidData } from "./invalid-data.ts";

export interface ViewContext {
  readonly appSecrets: readonly string[];
  /** Where payers reach this service, with or without a slash at the end. */
  readonly publicUrl: string;
  readonly now: Date;
}

type View = (
  data: Readonly<Record<string, unknown>>,
  context: ViewContext,
) => Readonly<Record<string, unknown>>;

const VIEWS: Readonly<Record<string, View>> = { "payment-link": paymentLink };

/**
 * The view of a template's checked data; data without a view of its own is shown as it is. Throws VALIDATION_FAILED, at
 * paths below `data`, for data that no view can be made of.
 */
export function viewOf(template: string, data: Readonly<Record<string, unknown>>, context: ViewContext) {
  const view = Object.hasOwn(VIEWS, template) ? VIEWS[template] : undefined;
  return view === undefined ? data : view(data, context);
}

function paymentLink(data: Readonly<Record<string, unknown>>, { appSecrets, publicUrl, now }: ViewContext) {
  const paymentIntentId = paymentIntentIdOf(String(data.clientSecret));
  if (paymentIntentId === undefined) {
    throw invalidField("data.clientSecret", "must be the client secret of a payment intent");
  }
  const money = { amount: Number(data.amount), currency: String(data.currency) };
  const issues = checkAmount(money.amount, money.currency);
  if (issues.length > 0) throw invalidData(issues);
  const expiresAt = Math.floor(now.getTime() / 1000) + PAY_LINK_TTL_SECONDS;
  return {
    link: `${publicUrl.replace(/\/+$/, "")}/pay/${createPayToken({ paymentIntentId, expiresAt }, appSecrets)}`,
    amount: formatMoney(money),
    expires: new Intl.DateTimeFormat("en-US", {
      dateStyle: "long",
      timeStyle: "short",
      timeZone: "UTC",
    }).format(expiresAt * 1000),
  };
}
