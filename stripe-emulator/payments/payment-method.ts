/** Payment methods: made from a card, a token or a bank account, and attached to a customer. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest, StripeApiError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { changedMetadata, completeAddress } from "../protocol/parameter-kinds.ts";
import type { Context } from "../state/context.ts";
import { methodCardOf } from "./card-details.ts";
import {
  type DetailedType,
  detailFields,
  isDetailedType,
  type MethodFields,
} from "./payment-method-fields.ts";
import { methodTypeOf } from "./payment-method-types.ts";
import { testBankByName } from "./test-banks.ts";
import { behaviourOf, type TestCard, testCardByName, testCardByToken, UNKNOWN_CARD } from "./test-cards.ts";
import { useToken } from "./token.ts";
import { cardFrom, unsafeNumber } from "./typed-card.ts";

/**
 * The stored method with this id. A ready-made name, such as `pm_card_visa`, makes a new method on each use, as at Stripe.
 * Throws `resource_missing`: a 404, or a 400 for an id in the parameter `param`.
 */
export function resolvePaymentMethod(context: Context, id: string, param?: string): Stripe.PaymentMethod {
  const testCard = testCardByName(id);
  if (testCard !== undefined) return storeTestCard(context, testCard, {});
  const bank = testBankByName(id);
  if (bank === undefined) return context.store.get("payment_method", id, param);
  const method = storeDetailed(context, bank.type, bank.details, {
    billing_details: { name: "Jenny Rosen" },
  });
  context.store.cardsOnFile.set(method.id, { testCard: bank.type, setUp: true });
  return method;
}

/** Stores the payment method that the fields describe. Throws a 402 for a card that cannot exist or has expired. */
export function createPaymentMethod(
  context: Context,
  fields: MethodFields,
  publishable: boolean,
  parent = "",
): Stripe.PaymentMethod {
  const { type } = fields;
  const foreign = [...Object.keys(detailFields), "card"].find((name) => name !== type && name in fields);
  const named = (name: string) => (parent === "" ? name : `${parent}[${name}]`);
  if (foreign !== undefined) {
    const message = `You provided the hash ${named(foreign)}, but the type of the payment method is ${type}.`;
    throw invalidRequest(message, "parameter_unknown", named(foreign));
  }
  if (!isDetailedType(type)) return createCardMethod(context, fields, publishable, named);
  const details = fields[type];
  if (details === undefined && methodTypeOf(type).needsDetails) throw missing(named(type));
  return storeDetailed(context, type, details ?? {}, fields);
}

/** The method that a request names or describes, if it does either. Throws like the two functions that it calls. */
export function chosenPaymentMethod(
  context: Context,
  id: string | undefined,
  data: MethodFields | undefined,
  publishable: boolean,
): Stripe.PaymentMethod | undefined {
  if (id !== undefined) return resolvePaymentMethod(context, id, "payment_method");
  return data === undefined
    ? undefined
    : createPaymentMethod(context, data, publishable, "payment_method_data");
}

/**
 * Attaches the method to the customer: `payment_method.attached`. Throws a 402 when the card's issuer refuses, and a 400 for a
 * method that pays only once.
 */
export function attachPaymentMethod(
  context: Context,
  method: Stripe.PaymentMethod,
  customer: string,
): Stripe.PaymentMethod {
  if (method.customer === customer) return method;
  if (method.customer !== null) {
    throw invalidRequest("The payment method you provided has already been attached to a customer.");
  }
  if (isDetailedType(method.type) && !methodTypeOf(method.type).isReusable) {
    throw invalidRequest(`Payment methods of type '${method.type}' cannot be saved to customers.`);
  }
  assertIssuerAccepts(context, method.id, method.type);
  const attached = context.store.patch("payment_method", method, { customer });
  context.emit("payment_method.attached", attached);
  return attached;
}

/** Throws a 402 for a card whose issuer refuses that a customer saves it. */
export function assertIssuerAccepts({ store }: Context, id: string, type: string): void {
  const behaviour = behaviourOf(store.cardsOnFile.get(id)?.testCard ?? UNKNOWN_CARD);
  if (type !== "card" || behaviour.kind !== "declines" || behaviour.attaches) return;
  const { code, declineCode, message, param } = behaviour.decline;
  throw new StripeApiError(402, {
    type: "card_error",
    code,
    message,
    ...present({ decline_code: declineCode, param }),
  });
}

/** Stores a method for a test card that was named instead of typed in. It expires in three years. */
export function storeTestCard(
  context: Context,
  testCard: TestCard,
  fields: SharedFields,
): Stripe.PaymentMethod {
  const expYear = new Date(context.clock.now() * 1000).getUTCFullYear() + 3;
  const { number } = testCard;
  const card = methodCardOf({ number, expMonth: 12, expYear, testCard, hasCvc: true });
  return storeCardMethod(context, card, testCard.name, fields);
}

/** Stores a method for the card. `testCard` is the name of the test card that it stands for. */
export function storeCardMethod(
  context: Context,
  card: Stripe.PaymentMethod.Card,
  testCard: string,
  fields: SharedFields & { id?: string; customer?: string },
): Stripe.PaymentMethod {
  const id = fields.id ?? newId("pm");
  context.store.cardsOnFile.set(id, { testCard, setUp: false });
  return context.store.put("payment_method", {
    ...newMethod(context, fields),
    id,
    customer: fields.customer ?? null,
    card,
    type: "card",
  });
}

type SharedFields = Pick<MethodFields, "allow_redisplay" | "billing_details" | "metadata">;

function createCardMethod(
  context: Context,
  fields: MethodFields,
  publishable: boolean,
  named: (name: string) => string,
): Stripe.PaymentMethod {
  const { token, number, exp_month, exp_year, cvc } = fields.card ?? {};
  if (fields.card === undefined) throw missing(named("card"));
  if (token !== undefined) {
    const readyMade = testCardByToken(token);
    if (readyMade !== undefined) return storeTestCard(context, readyMade, fields);
    const { card, testCard } = useToken(context, token, `${named("card")}[token]`);
    return storeCardMethod(context, card, testCard, fields);
  }
  const wanted = { number, exp_month, exp_year };
  const absent = Object.entries(wanted).find(([, value]) => value === undefined);
  if (number === undefined || exp_month === undefined || exp_year === undefined) {
    throw missing(`${named("card")}[${absent?.[0]}]`);
  }
  if (!publishable) throw unsafeNumber();
  const { card, testCard } = cardFrom(context, { number, exp_month, exp_year, ...present({ cvc }) });
  return storeCardMethod(context, card, testCard, fields);
}

function storeDetailed(
  context: Context,
  type: DetailedType,
  details: Readonly<Record<string, unknown>>,
  fields: SharedFields,
): Stripe.PaymentMethod {
  const method = newMethod(context, fields);
  const own = { [type]: methodTypeOf(type).detailsOf(details, method.billing_details) };
  return context.store.put("payment_method", { ...method, ...own, type });
}

function newMethod(context: Context, fields: SharedFields): Omit<Stripe.PaymentMethod, "type"> {
  const { address: place, ...billing } = fields.billing_details ?? {};
  return {
    id: newId("pm"),
    object: "payment_method",
    allow_redisplay: fields.allow_redisplay ?? "unspecified",
    billing_details: {
      ...{ email: null, name: null, phone: null, tax_id: null, ...billing },
      address: completeAddress(place ?? {}),
    },
    created: context.clock.now(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: changedMetadata({}, fields.metadata),
  };
}

function missing(param: string): StripeApiError {
  return invalidRequest(`Missing required param: ${param}.`, "parameter_missing", param);
}
