/** The control interface under `/_emulator/`: what tests and people do to the emulator besides using the API. */
import type Stripe from "stripe";
import { catchUp } from "../billing/passing-time.ts";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { faultKindFrom, faultsFrom } from "../faults/fault-input.ts";
import type { Fault, FaultKind } from "../faults/faults.ts";
import { confirmIntent } from "../payments/confirm-intent.ts";
import { createCardPaymentMethod, resolvePaymentMethod } from "../payments/payment-method.ts";
import { passesLuhn } from "../payments/test-cards.ts";
import { type ErrorBody, errorAnswer, StripeApiError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { ControlInputError, fields, integerField, textField } from "../protocol/json-input.ts";
import { giveEvents, listEvents, resendEvent, sendThinEvent } from "./event-actions.ts";

export interface ControlAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

type Action = (emulator: Emulator, body: unknown, id: string) => object;

const ACTIONS: Record<string, Action> = {
  "GET state": state,
  "POST reset": reset,
  "POST pay": pay,
  "GET events": listEvents,
  "POST events": giveEvents,
  "POST events/:id/resend": resendEvent,
  "POST events/:id/thin": sendThinEvent,
  "POST clock": advanceClock,
  "GET faults": (emulator) => ({ faults: emulator.faults.pending }),
  "POST faults": orderFaults,
  "DELETE faults": (emulator) => takeBackFaults(emulator, undefined),
  "DELETE faults/:id": (emulator, _body, kind) => takeBackFaults(emulator, faultKindFrom(kind)),
};

/** Answers `/_emulator/<action>` in JSON. Wrong input is a 400 that names the field. */
export function answerControlRequest(
  emulator: Emulator,
  method: string,
  url: URL,
  body: string,
): ControlAnswer {
  const path = url.pathname.slice("/_emulator/".length).replace(/\/$/, "");
  const [first = "", id = "", ...rest] = path.split("/");
  const name = id === "" ? first : [first, ":id", ...rest].join("/");
  const action = ACTIONS[`${method} ${name}`];
  if (action === undefined) {
    return json(404, {
      error: { message: `No such action. There are: ${Object.keys(ACTIONS).join(", ")}.` },
    });
  }
  try {
    const answer = action(emulator, body === "" ? {} : parseJson(body), id);
    emulator.store.onChange();
    return json(200, answer);
  } catch (error) {
    if (error instanceof StripeApiError) return apiError(error.status, error.body);
    if (error instanceof ControlInputError) return json(400, { error: { message: error.message } });
    throw error;
  }
}

function state({ store, clock, receivers, faults }: Emulator): object {
  const objects = Object.fromEntries(
    Object.entries(store.collections).map(([name, items]) => [name, [...items.values()]]),
  );
  const counts = Object.fromEntries(Object.entries(objects).map(([name, items]) => [name, items.length]));
  return {
    now: clock.now(),
    clockOffsetSeconds: clock.offsetSeconds,
    webhookUrl: receivers.url ?? null,
    counts,
    objects,
    faults: faults.pending,
  };
}

function reset(emulator: Emulator): object {
  emulator.webhooks.reset();
  emulator.store.clear();
  emulator.idempotency.entries.clear();
  emulator.faults.clear();
  emulator.clock.offsetSeconds = 0;
  return { reset: true };
}

/** Confirms as the customer would from a browser: with a card number, or a `pm_` id. */
function pay(emulator: Emulator, body: unknown): Stripe.PaymentIntent {
  const input = fields(body, ["paymentIntent", "card"]);
  const card = textField(input, "card");
  const context = contextFor(emulator);
  const intent = context.store.get("payment_intent", textField(input, "paymentIntent"));
  const number = card.replaceAll(/[\s-]/g, "");
  if (card.startsWith("pm_")) {
    return confirmIntent(context, intent, resolvePaymentMethod(context, card, "card"), inBrowser);
  }
  if (!/^\d+$/.test(number)) throw new ControlInputError("card", "a card number or a pm_ id", card);
  if (!passesLuhn(number)) {
    const message = "Your card number is incorrect.";
    throw new StripeApiError(402, { type: "card_error", code: "incorrect_number", message, param: "number" });
  }
  const expiryYear = new Date(context.clock.now() * 1000).getUTCFullYear() + 3;
  const typed = { number, exp_month: 12, exp_year: expiryYear, cvc: "123" };
  const method = createCardPaymentMethod(context, { type: "card", card: typed }, true);
  return confirmIntent(context, intent, method, inBrowser);
}

const inBrowser = { offSession: false, returnUrl: null };

function advanceClock(emulator: Emulator, body: unknown): object {
  emulator.clock.advance(integerField(fields(body, ["advance"]), "advance", 1));
  catchUp(contextFor(emulator));
  emulator.webhooks.giveUp();
  return { now: emulator.clock.now(), clockOffsetSeconds: emulator.clock.offsetSeconds };
}

function orderFaults(emulator: Emulator, body: unknown): { faults: Fault[] } {
  emulator.faults.add(faultsFrom(body, Date.now()));
  return { faults: emulator.faults.pending };
}

function takeBackFaults(emulator: Emulator, kind: FaultKind | undefined): { faults: Fault[] } {
  emulator.faults.clear(kind);
  emulator.webhooks.release();
  return { faults: emulator.faults.pending };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlInputError("body", "JSON", text.slice(0, 20));
  }
}

function apiError(status: number, body: ErrorBody): ControlAnswer {
  return json(status, errorAnswer(body, newId("req", 14)));
}

function json(status: number, body: object): ControlAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body, null, 2),
  };
}
