/**
 * The object of Stripe that a mail is about, and what the mail says about it: the data of its template, made from the object as
 * it is at Stripe now. So a workflow or an event needs nothing but an id. Pure, except for the one reading call.
 */
import { invalidField } from "../errors.ts";
import { objectPath } from "../events/object-paths.ts";
import { present } from "../present.ts";
import { entryOf, type Fields, fieldsOf, isRecord, textOf, textsOf } from "../untrusted.ts";
import { invalidData } from "./invalid-data.ts";
import { cardData, invoiceData, paidInvoiceData, paymentData, refundData } from "./payment-facts.ts";
import { canceledData, changedData, startedData, trialData } from "./subscription-facts.ts";

type Data = Readonly<Record<string, unknown>>;

/** Reads one object; undefined if Stripe does not have it. */
export type ReadObject = (
  path: string,
  query: Readonly<Record<string, unknown>>,
) => Promise<Fields | undefined>;

interface Kind {
  readonly objectType: string;
  readonly expand: readonly string[];
  /** Undefined if the mail would be wrong about the object as it is. */
  readonly dataOf: (object: Fields) => Data | undefined;
  /** What the object would have to be, to follow "does not belong to". */
  readonly what: string;
}

const subscription = (dataOf: Kind["dataOf"], what = "a subscription"): Readonly<Record<string, Kind>> => ({
  subscriptionId: {
    objectType: "subscription",
    expand: ["customer", "items.data.price.product"],
    dataOf,
    what,
  },
});

/** By template and by the field of its data that names the object. */
const KINDS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  receipt: {
    paymentIntentId: {
      objectType: "payment_intent",
      expand: ["customer", "latest_charge"],
      dataOf: paymentData,
      what: "a paid payment intent",
    },
    invoiceId: {
      objectType: "invoice",
      expand: ["customer"],
      dataOf: paidInvoiceData,
      what: "a paid invoice",
    },
  },
  invoice: {
    invoiceId: {
      objectType: "invoice",
      expand: ["customer"],
      dataOf: invoiceData,
      what: "an invoice to be paid",
    },
  },
  refund: {
    refundId: {
      objectType: "refund",
      expand: ["charge", "charge.customer", "payment_intent"],
      dataOf: refundData,
      what: "a refund that is on its way",
    },
  },
  "subscription-started": subscription(startedData),
  "trial-ending": subscription(trialData, "a subscription with a trial"),
  "subscription-changed": subscription(changedData),
  "subscription-canceled": subscription(canceledData, "a subscription that ends"),
  "card-expiring": {
    paymentMethodId: { objectType: "payment_method", expand: ["customer"], dataOf: cardData, what: "a card" },
  },
};

/** The object that a mail is about. */
export interface MailedObject extends Kind {
  readonly id: string;
  /** The field of the data that names it. */
  readonly field: string;
}

/** The object that the data of this template names; undefined if it names none. VALIDATION_FAILED if it names two. */
export function mailedObject(template: string, data: Data): MailedObject | undefined {
  const kinds = Object.entries(entryOf(KINDS, template) ?? {});
  const [named, other] = kinds.flatMap(([field, kind]): MailedObject[] => {
    const id = textOf(data[field]);
    return id === undefined ? [] : [{ ...kind, id, field }];
  });
  if (other !== undefined)
    throw invalidField(
      `data.${other.field}`,
      `cannot be given beside ${named?.field}: a mail is about one of them`,
    );
  return named;
}

/** What Stripe says about the object of a mail. */
export interface ObjectFacts {
  readonly data: Data;
  /** As Stripe returned it. */
  readonly object: Fields;
  /** Its customer, as Stripe returned it; empty if it has none. */
  readonly customer: Fields;
}

/**
 * The data of the mail, and the customer. Undefined if Stripe does not have the object, or the mail would be wrong about it, such
 * as a receipt for a payment that has not been paid. Throws the problems of reading.
 */
export async function factsOf(object: MailedObject, read: ReadObject): Promise<ObjectFacts | undefined> {
  const path = objectPath(object.objectType, object.id);
  const found = path === undefined ? undefined : await read(path, { expand: object.expand });
  const data = found === undefined || found.deleted === true ? undefined : object.dataOf(found);
  if (found === undefined || data === undefined) return undefined;
  const customer = fieldsOf([found.customer, fieldsOf(found.charge).customer].find(isRecord));
  return { data: present(data), object: found, customer };
}

/** The languages that a customer prefers. */
export function languagesOf(customer: Fields): string[] {
  return textsOf(customer.preferred_locales);
}

/**
 * The data of the call with what Stripe says. Amounts and currencies are Stripe's: VALIDATION_FAILED for another one. Of
 * everything else, the call's counts.
 */
export function withFacts(given: Data, { field, what }: MailedObject, facts: ObjectFacts | undefined): Data {
  if (facts === undefined)
    throw invalidField(`data.${field}`, `does not belong to ${what} of this Stripe account`);
  const wrong = ["amount", "currency"].filter(
    (name) => given[name] !== undefined && facts.data[name] !== undefined && given[name] !== facts.data[name],
  );
  if (wrong.length > 0)
    throw invalidData({
      issues: wrong.map((path) => ({
        path,
        message: `must be ${JSON.stringify(facts.data[path])}, as at Stripe`,
      })),
    });
  return { ...facts.data, ...given };
}
