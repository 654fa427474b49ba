import type Stripe from "stripe";
import { preparePayment, submitSession } from "../checkout/submit-session.ts";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { isWaitingMethod, WAITING_METHODS } from "../payments/next-actions.ts";
import { startWaitingFor } from "../payments/waiting-methods.ts";
import { present } from "../present.ts";
import { ControlInputError, fields, textField } from "../protocol/json-input.ts";
import { methodOf } from "./pay.ts";

/**
 * Submits a checkout session as the payer would: with a card number or a `pm_` id, or with a method for which the payment
 * then waits. Returns the session.
 */
export function checkout(emulator: Emulator, body: unknown): Stripe.Checkout.Session {
  const input = fields(body, ["session", "card", "method", "email", "name"]);
  const id = textField(input, "session");
  const optionalText = (name: string) => (input[name] === undefined ? undefined : textField(input, name));
  const context = contextFor(emulator, undefined, [id]);
  const session = context.store.get("checkout.session", id);
  const card = optionalText("card");
  const payer = present({ email: optionalText("email"), name: optionalText("name") });
  const method = optionalText("method");
  if (method === undefined) {
    const paymentMethod = card === undefined ? undefined : methodOf(context, card).id;
    return submitSession(context, id, { ...payer, ...present({ paymentMethod }) });
  }
  if (!isWaitingMethod(method))
    throw new ControlInputError("method", `one of ${WAITING_METHODS.join(", ")}`, method);
  if (session.mode !== "payment")
    throw new ControlInputError(
      "session",
      "a session in payment mode, because it has a method",
      session.mode,
    );
  const intent = preparePayment(context, id, payer);
  startWaitingFor(context, context.store.get("payment_intent", intent), method, undefined);
  return context.store.get("checkout.session", id);
}
