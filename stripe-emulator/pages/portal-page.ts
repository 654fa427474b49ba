/** The customer portal, where a person or a browser test cancels or changes a subscription, or replaces the card. */
import type Stripe from "stripe";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import {
  cancelInPortal,
  changeInPortal,
  featuresOf,
  keepInPortal,
  offeredPrices,
  replaceCard,
  subscriptionsOf,
} from "../portal/portal-actions.ts";
import { present } from "../present.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { parseForm } from "../protocol/form-encoding.ts";
import type { Context } from "../state/context.ts";
import { escapeHtml, formatAmount, html, type Page, pageHtml } from "./page-html.ts";
import { textOf, typedCard } from "./typed-card.ts";

type Session = Stripe.BillingPortal.Session;

const TITLE = "Customer portal";

export function portalPage(emulator: Emulator, id: string): Page {
  const session = emulator.store.find("billing_portal.session", id);
  return session === undefined
    ? html(404, pageHtml(TITLE, "<p>There is no such portal session.</p>"))
    : overview(contextFor(emulator, undefined, [id]), session, undefined);
}

/** Does what a button says, and shows the page again, or goes where the session's flow leads. */
export function submittedPortal(emulator: Emulator, id: string, body: string): Page {
  const session = emulator.store.find("billing_portal.session", id);
  if (session === undefined) return portalPage(emulator, id);
  const context = contextFor(emulator, undefined, [id]);
  const fields = parseForm(body);
  const subscription = textOf(fields, "subscription") ?? "";
  const quantity = Number(textOf(fields, "quantity") ?? Number.NaN);
  const actions: Readonly<Record<string, () => void>> = {
    cancel: () => cancelInPortal(context, session, subscription),
    keep: () => keepInPortal(context, session, subscription),
    change: () =>
      changeInPortal(context, session, subscription, {
        price: textOf(fields, "price") ?? "",
        ...present({ quantity: Number.isInteger(quantity) ? quantity : undefined }),
      }),
    card: () => replaceCard(context, session, typedCard(context, fields) ?? ""),
  };
  const action = actions[textOf(fields, "action") ?? ""];
  if (action === undefined) return html(400, pageHtml(TITLE, "<p>Choose one of the buttons.</p>"));
  try {
    action();
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error;
    return overview(context, session, error.body.message);
  }
  const location = session.flow?.after_completion.redirect?.return_url ?? session.url;
  return { status: 303, headers: { location }, body: "" };
}

function overview(context: Context, session: Session, problem: string | undefined): Page {
  const features = featuresOf(context, session);
  const { type, subscription: only } = flowOf(session);
  const subscriptions = subscriptionsOf(context, session)
    .filter(({ id }) => type !== "payment_method_update" && (only === undefined || id === only))
    .map((subscription) => subscriptionHtml(context, session, subscription));
  const asksCard = type === undefined || type === "payment_method_update";
  const card =
    features.payment_method_update.enabled && asksCard
      ? `<h2>Card</h2>
      <form method="post">
        <p><label>Card number<br><input name="card" autocomplete="cc-number" required></label></p>
        <button name="action" value="card" class="main">Replace card</button>
      </form>`
      : "";
  const back =
    session.return_url === null ? "" : `<p><a href="${escapeHtml(session.return_url)}">Return</a></p>`;
  return html(
    problem === undefined ? 200 : 402,
    pageHtml(
      TITLE,
      `<span class="test">Test mode</span>
      <h1>${TITLE}</h1>
      ${problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>`}
      ${subscriptions.length === 0 && type === undefined ? "<p>There is no subscription.</p>" : subscriptions.join("")}
      ${card}
      ${back}`,
    ),
  );
}

/** The one thing that the session is for, and the subscription that it is about; neither if the customer chooses. */
function flowOf({ flow }: Session): { type: string | undefined; subscription: string | undefined } {
  const about = flow?.subscription_cancel ?? flow?.subscription_update ?? flow?.subscription_update_confirm;
  return { type: flow?.type, subscription: about?.subscription };
}

function subscriptionHtml(context: Context, session: Session, subscription: Stripe.Subscription): string {
  const features = featuresOf(context, session);
  const { type } = flowOf(session);
  const lines = subscription.items.data.map(
    ({ price, quantity }) => `<li>${escapeHtml(named(context, price, quantity))}</li>`,
  );
  const id = `<input type="hidden" name="subscription" value="${escapeHtml(subscription.id)}">`;
  const end = subscription.cancel_at_period_end
    ? `<form method="post">${id}<button name="action" value="keep">Keep subscription</button></form>`
    : features.subscription_cancel.enabled && (type === undefined || type === "subscription_cancel")
      ? `<form method="post">${id}<button name="action" value="cancel">Cancel subscription</button></form>`
      : "";
  const item = subscription.items.data[0];
  const options = offeredPrices(context, session, subscription).map((price) => {
    const selected = price.id === item?.price.id ? " selected" : "";
    return `<option value="${escapeHtml(price.id)}"${selected}>${escapeHtml(named(context, price))}</option>`;
  });
  const change =
    features.subscription_update.enabled && type !== "subscription_cancel"
      ? `<form method="post">${id}
        <p><label>Plan<br><select name="price">${options.join("")}</select></label></p>
        <p><label>Quantity<br><input name="quantity" type="number" min="1" value="${item?.quantity ?? 1}"></label></p>
        <button name="action" value="change">Change subscription</button>
      </form>`
      : "";
  const state = subscription.cancel_at_period_end ? "ends with this period" : subscription.status;
  return `<section><h2>Subscription</h2><p>Status: ${escapeHtml(state)}</p><ul>${lines.join("")}</ul>${change}${end}</section>`;
}

function named({ store }: Context, price: Stripe.Price, quantity?: number): string {
  const product = store.find("product", String(price.product))?.name ?? price.id;
  const amount = formatAmount(price.unit_amount ?? 0, price.currency);
  const every = price.recurring === null ? "" : ` per ${price.recurring.interval}`;
  return `${quantity === undefined ? "" : `${quantity} × `}${product}, ${amount}${every}`;
}
