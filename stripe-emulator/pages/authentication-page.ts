/** The bank's 3D Secure page, where a person or a browser test completes or fails the authentication. */
import type Stripe from "stripe";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { finishAuthentication } from "../payments/confirm-intent.ts";
import { finishSetupAuthentication } from "../payments/confirm-setup.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { parseForm } from "../protocol/form-encoding.ts";
import { escapeHtml, formatAmount, html, type Page, pageHtml } from "./page-html.ts";

const TITLE = "3D Secure 2 test page";

export function authenticationPage(emulator: Emulator, id: string, embedded: boolean): Page {
  const intent = intentOf(emulator, id);
  if (intent?.status !== "requires_action") return nothingToDo(intent === undefined ? 404 : 200);
  const action = `/_emulator/3ds/${encodeURIComponent(id)}${embedded ? "?embedded=1" : ""}`;
  const [heading, question] =
    intent.object === "payment_intent"
      ? [
          "Confirm this payment",
          `Your bank asks you to approve a payment of <strong>${escapeHtml(formatAmount(intent.amount, intent.currency))}</strong>.`,
        ]
      : ["Confirm your card", "Your bank asks you to approve that this card is saved for later payments."];
  return html(
    200,
    pageHtml(
      TITLE,
      `<span class="test">Test mode</span>
      <h1>${heading}</h1>
      <p>${question}</p>
      <form method="post" action="${escapeHtml(action)}">
        <button name="outcome" value="complete">Complete</button>
        <button name="outcome" value="fail">Fail</button>
      </form>`,
    ),
  );
}

/** Applies the decision and sends the browser on: to the `return_url`, or back to the dialog of Stripe.js. */
export function finishedAuthentication(
  emulator: Emulator,
  id: string,
  body: string,
  embedded: boolean,
): Page {
  const intent = intentOf(emulator, id);
  if (intent?.status !== "requires_action") return nothingToDo(intent === undefined ? 404 : 409);
  const outcome = parseForm(body).get("outcome");
  if (outcome !== "complete" && outcome !== "fail") {
    return html(400, pageHtml(TITLE, "<p>Choose Complete or Fail.</p>"));
  }
  const succeeded = decide(emulator, intent, outcome === "complete");
  if (embedded) {
    const script = '<script src="/_emulator/elements/authentication-finished.js"></script>';
    return html(200, pageHtml(TITLE, `<p>Thank you.</p>${script}`));
  }
  const returnUrl = intent.next_action?.redirect_to_url?.return_url;
  if (!returnUrl) {
    const subject = intent.object === "payment_intent" ? "payment" : "setup";
    const result = succeeded ? `The ${subject} went through.` : `The ${subject} failed.`;
    return html(200, pageHtml(TITLE, `<p>${result} You may close this page.</p>`));
  }
  const location = new URL(returnUrl);
  location.searchParams.set(intent.object, id);
  location.searchParams.set(`${intent.object}_client_secret`, intent.client_secret ?? "");
  location.searchParams.set("redirect_status", succeeded ? "succeeded" : "failed");
  return { status: 303, headers: { location: location.href }, body: "" };
}

function intentOf({ store }: Emulator, id: string): Stripe.PaymentIntent | Stripe.SetupIntent | undefined {
  return store.find("payment_intent", id) ?? store.find("setup_intent", id);
}

/** Returns whether it succeeded. The application finds the reason of a decline in the intent. */
function decide(
  emulator: Emulator,
  intent: Stripe.PaymentIntent | Stripe.SetupIntent,
  passed: boolean,
): boolean {
  const context = contextFor(emulator, undefined, [intent.id]);
  try {
    if (intent.object === "payment_intent") finishAuthentication(context, intent, passed);
    else finishSetupAuthentication(context, intent, passed);
    return true;
  } catch (error) {
    if (error instanceof StripeApiError) return false;
    throw error;
  }
}

function nothingToDo(status: number): Page {
  return html(status, pageHtml(TITLE, "<p>There is nothing to authenticate here.</p>"));
}
