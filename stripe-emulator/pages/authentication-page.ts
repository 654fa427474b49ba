/** The bank's 3D Secure page, where a person or a browser test completes or fails the authentication. */
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { finishAuthentication } from "../payments/confirm-intent.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { parseForm } from "../protocol/form-encoding.ts";
import { escapeHtml, formatAmount, html, type Page, pageHtml } from "./page-html.ts";

export function authenticationPage(emulator: Emulator, id: string, embedded: boolean): Page {
  const intent = emulator.store.find("payment_intent", id);
  if (intent === undefined || intent.status !== "requires_action")
    return nothingToDo(intent === undefined ? 404 : 200);
  const action = `/_emulator/3ds/${encodeURIComponent(id)}${embedded ? "?embedded=1" : ""}`;
  return html(
    200,
    pageHtml(
      "3D Secure 2 test page",
      `<span class="test">Test mode</span>
      <h1>Confirm this payment</h1>
      <p>Your bank asks you to approve a payment of <strong>${escapeHtml(formatAmount(intent.amount, intent.currency))}</strong>.</p>
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
  const intent = emulator.store.find("payment_intent", id);
  if (intent === undefined || intent.status !== "requires_action")
    return nothingToDo(intent === undefined ? 404 : 409);
  const outcome = parseForm(body).get("outcome");
  if (outcome !== "complete" && outcome !== "fail") {
    return html(400, pageHtml("3D Secure 2 test page", "<p>Choose Complete or Fail.</p>"));
  }
  const succeeded = decide(emulator, id, outcome === "complete");
  if (embedded) {
    const script = '<script src="/_emulator/elements/authentication-finished.js"></script>';
    return html(200, pageHtml("3D Secure 2 test page", `<p>Thank you.</p>${script}`));
  }
  const returnUrl = intent.next_action?.redirect_to_url?.return_url;
  if (!returnUrl) {
    const result = succeeded ? "The payment went through." : "The payment failed.";
    return html(200, pageHtml("3D Secure 2 test page", `<p>${result} You may close this page.</p>`));
  }
  const location = new URL(returnUrl);
  location.searchParams.set("payment_intent", id);
  location.searchParams.set("payment_intent_client_secret", intent.client_secret ?? "");
  location.searchParams.set("redirect_status", succeeded ? "succeeded" : "failed");
  return { status: 303, headers: { location: location.href }, body: "" };
}

/** Returns whether the payment succeeded. The application finds the reason of a decline in the intent. */
function decide(emulator: Emulator, id: string, passed: boolean): boolean {
  const context = contextFor(emulator, undefined, [id]);
  try {
    finishAuthentication(context, context.store.get("payment_intent", id), passed);
    return true;
  } catch (error) {
    if (error instanceof StripeApiError) return false;
    throw error;
  }
}

function nothingToDo(status: number): Page {
  return html(status, pageHtml("3D Secure 2 test page", "<p>There is nothing to authenticate here.</p>"));
}
