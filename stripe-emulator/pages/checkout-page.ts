/** The page of a checkout session, where a person or a browser test pays, subscribes or saves a card. */
import type Stripe from "stripe";
import { orderOf } from "../checkout/order.ts";
import { submitSession } from "../checkout/submit-session.ts";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { present } from "../present.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { parseForm } from "../protocol/form-encoding.ts";
import { promoteSession } from "../resources/session-promotion.ts";
import type { Context } from "../state/context.ts";
import { escapeHtml, formatAmount, html, type Page, pageHtml } from "./page-html.ts";
import { textOf, typedCard } from "./typed-card.ts";

type Session = Stripe.Checkout.Session;

const TITLE = "Checkout";
const BUTTONS: Readonly<Record<string, string>> = {
  payment: "Pay",
  setup: "Save card",
  subscription: "Subscribe",
};

export function checkoutPage(emulator: Emulator, id: string, authentication: string | null): Page {
  const session = emulator.store.find("checkout.session", id);
  if (session === undefined) return html(404, pageHtml(TITLE, "<p>There is no such checkout session.</p>"));
  const problem = authentication === "failed" ? "The authentication failed. Use another card." : undefined;
  return session.status === "open" ? form(emulator, session, problem) : after(session);
}

/** Submits what was typed in, and sends the browser on: to the bank, to the success URL, or back to the form. */
export function submittedCheckout(emulator: Emulator, id: string, body: string): Page {
  const session = emulator.store.find("checkout.session", id);
  if (session?.status !== "open") return checkoutPage(emulator, id, null);
  const context = contextFor(emulator, undefined, [id]);
  const fields = parseForm(body);
  const action = textOf(fields, "action");
  try {
    if (action === "apply" || action === "remove") {
      const code = action === "apply" ? (textOf(fields, "promotion_code") ?? "") : undefined;
      return form(emulator, promoteSession(context, session, code), undefined);
    }
    const submitted = submitSession(context, id, {
      ...present({
        paymentMethod: typedCard(context, fields),
        email: textOf(fields, "email"),
        name: textOf(fields, "name"),
      }),
    });
    const bank = bankPage(context, submitted);
    return bank === undefined ? after(submitted) : redirect(bank);
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error;
    return form(emulator, emulator.store.get("checkout.session", id), error.body.message);
  }
}

function form(emulator: Emulator, session: Session, problem: string | undefined): Page {
  const items = orderOf(emulator, session.id).lineItems.map((item) => {
    const amount = formatAmount(item.amount_subtotal, item.currency);
    const every = item.price?.recurring ? ` per ${item.price.recurring.interval}` : "";
    return `<li>${escapeHtml(`${item.description ?? "Item"} × ${item.quantity ?? 1}: ${amount}${every}`)}</li>`;
  });
  const due =
    session.amount_total === null
      ? ""
      : `<p>Due today: <strong>${escapeHtml(formatAmount(session.amount_total, session.currency ?? "usd"))}</strong></p>`;
  const customer = emulator.store.find("customer", String(session.customer));
  const email = session.customer_email ?? customer?.email;
  const promotion = promotionHtml(emulator, session);
  const asksCard = session.amount_total !== 0 || session.payment_method_collection === "always";
  const cancel =
    session.cancel_url === null ? "" : `<p><a href="${escapeHtml(session.cancel_url)}">Back</a></p>`;
  return html(
    problem === undefined ? 200 : 402,
    pageHtml(
      TITLE,
      `<span class="test">Test mode</span>
      <h1>${TITLE}</h1>
      <ul>${items.join("")}</ul>
      ${promotion}
      ${due}
      ${problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>`}
      <form method="post">
        ${email ? `<p>${escapeHtml(email)}</p>` : input("Email", "email", "email", "email")}
        ${asksCard ? `${input("Card number", "card", "text", "cc-number")}${input("Name on card", "name", "text", "cc-name")}` : ""}
        <button class="main">${BUTTONS[session.mode] ?? "Pay"}</button>
      </form>
      ${cancel}`,
    ),
  );
}

/** Where the payer types in a promotion code, or what it takes off. */
function promotionHtml({ store }: Emulator, session: Session): string {
  if (session.allow_promotion_codes !== true) return "";
  const codeId = session.discounts?.[0]?.promotion_code ?? null;
  const code = codeId === null ? undefined : store.find("promotion_code", String(codeId));
  if (code === undefined)
    return `<form method="post" class="inline">
        <label>Promotion code<br><input name="promotion_code" autocomplete="off" required></label>
        <button name="action" value="apply">Apply</button>
      </form>`;
  const off = formatAmount(session.total_details?.amount_discount ?? 0, session.currency ?? "usd");
  return `<form method="post" class="inline">
        <p>${escapeHtml(`${code.code}: −${off}`)}</p>
        <button name="action" value="remove">Remove</button>
      </form>`;
}

function input(label: string, name: string, type: string, autocomplete: string): string {
  return `<p><label>${label}<br><input name="${name}" type="${type}" autocomplete="${autocomplete}" required></label></p>`;
}

/** Where a payer goes when the session is no longer open. */
function after(session: Session): Page {
  const back = session.success_url ?? session.return_url;
  if (session.status === "complete" && back)
    return redirect(back.replaceAll("{CHECKOUT_SESSION_ID}", session.id));
  const result =
    session.status === "complete" ? "Thank you. You may close this page." : "This session has expired.";
  return html(200, pageHtml(TITLE, `<p>${result}</p>`));
}

/** The bank's page, while the payment or the card waits for an authentication. */
function bankPage({ store }: Context, session: Session): string | undefined {
  if (session.status !== "open") return undefined;
  const order = orderOf({ store }, session.id);
  const intent =
    store.find("payment_intent", String(order.intent)) ??
    store.find("setup_intent", String(session.setup_intent));
  return intent?.next_action?.redirect_to_url?.url ?? undefined;
}

function redirect(location: string): Page {
  return { status: 303, headers: { location }, body: "" };
}
