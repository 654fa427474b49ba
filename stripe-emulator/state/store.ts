import type Stripe from "stripe";
import { API_VERSION } from "../protocol/api-version.ts";
import { resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";

/** An event of any type: the control interface also takes types that the SDK does not know. */
export type StoredEvent = Omit<Stripe.EventBase, "type"> & { type: string };

/** The kinds of objects, by the name in their `object` property. Objects refer to each other by id, and are never nested. */
export interface StoredObjects {
  balance_transaction: Stripe.BalanceTransaction;
  card: Stripe.Card;
  charge: Stripe.Charge;
  customer: Stripe.Customer;
  customer_cash_balance_transaction: Stripe.CustomerCashBalanceTransaction;
  dispute: Stripe.Dispute;
  event: StoredEvent;
  invoice: Stripe.Invoice;
  invoice_payment: Stripe.InvoicePayment;
  mandate: Stripe.Mandate;
  payment_intent: Stripe.PaymentIntent;
  payment_method: Stripe.PaymentMethod;
  price: Stripe.Price;
  product: Stripe.Product;
  "radar.early_fraud_warning": Stripe.Radar.EarlyFraudWarning;
  refund: Stripe.Refund;
  setup_attempt: Stripe.SetupAttempt;
  setup_intent: Stripe.SetupIntent;
  subscription: Stripe.Subscription;
  token: Stripe.Token;
  webhook_endpoint: Stripe.WebhookEndpoint;
}

export type ObjectName = keyof StoredObjects;
export type Collections = { [K in ObjectName]: Map<string, StoredObjects[K]> };

/** The card behind a token, as a payment method shows it. */
export interface TokenizedCard {
  card: Stripe.PaymentMethod.Card;
  /** The `pm_card_...` name of the test card. */
  testCard: string;
  billing: Pick<Stripe.PaymentMethod.BillingDetails, "name" | "address">;
}

/** Which test card a payment method stands for, and whether the customer authenticated it for later use. */
export interface CardOnFile {
  /** The `pm_card_...` name of the test card. The number itself is never kept. */
  testCard: string;
  setUp: boolean;
}

/** The one list of all kinds of objects; the compiler compares it with {@link StoredObjects}. */
function emptyCollections(): Collections {
  return {
    balance_transaction: new Map(),
    card: new Map(),
    charge: new Map(),
    customer: new Map(),
    customer_cash_balance_transaction: new Map(),
    dispute: new Map(),
    event: new Map(),
    invoice: new Map(),
    invoice_payment: new Map(),
    mandate: new Map(),
    payment_intent: new Map(),
    payment_method: new Map(),
    price: new Map(),
    product: new Map(),
    "radar.early_fraud_warning": new Map(),
    refund: new Map(),
    setup_attempt: new Map(),
    setup_intent: new Map(),
    subscription: new Map(),
    token: new Map(),
    webhook_endpoint: new Map(),
  };
}

export const OBJECT_NAMES: readonly ObjectName[] = Object.keys(emptyCollections()).filter(
  (name): name is ObjectName => name in emptyCollections(),
);

/**
 * All objects, in memory, in the order of their creation. A change replaces an object and never modifies it, so that an
 * event can hold the object it reports without a copy. `onChange` is called after every write.
 */
export class Store {
  /** Of the account that all objects belong to. */
  accountId = newId("acct", 16);
  collections: Collections = emptyCollections();
  /** Payment method id -> test card. */
  cardsOnFile: Map<string, CardOnFile> = new Map();
  /** Token id -> the card that it stands for. */
  tokenizedCards: Map<string, TokenizedCard> = new Map();
  deletedCustomers: Map<string, Stripe.DeletedCustomer> = new Map();
  /** Webhook endpoint id -> signing secret, which the API shows only when the endpoint is created. */
  endpointSecrets: Map<string, string> = new Map();
  /** The account's API version, in which events are rendered from now on. */
  apiVersion = API_VERSION;
  onChange: () => void = () => {};

  find<K extends ObjectName>(name: K, id: string): StoredObjects[K] | undefined {
    return this.collections[name].get(id);
  }

  /** Throws `resource_missing`: a 404 for an id in the URL, a 400 for an id in the parameter `param`. */
  get<K extends ObjectName>(name: K, id: string, param?: string): StoredObjects[K] {
    const found = this.find(name, id);
    if (found !== undefined) return found;
    throw param === undefined ? resourceMissing(name, id) : resourceMissing(name, id, param, 400);
  }

  /** Oldest first. */
  all<K extends ObjectName>(name: K): StoredObjects[K][] {
    return [...this.collections[name].values()];
  }

  put<K extends ObjectName>(name: K, object: StoredObjects[K]): StoredObjects[K] {
    this.collections[name].set(object.id, object);
    this.onChange();
    return object;
  }

  /** Replaces the object with a copy that has the changes. */
  patch<K extends ObjectName>(
    name: K,
    object: StoredObjects[K],
    changes: Partial<StoredObjects[K]>,
  ): StoredObjects[K] {
    return this.put(name, { ...object, ...changes });
  }

  /** Replaces all objects of a kind, oldest first. */
  restore<K extends ObjectName>(name: K, objects: readonly StoredObjects[K][]): void {
    this.collections[name].clear();
    for (const object of objects) this.collections[name].set(object.id, object);
  }

  remove(name: ObjectName, id: string): void {
    this.collections[name].delete(id);
    this.onChange();
  }

  /** Empties the store: from then on it is another account's. */
  clear(): void {
    this.accountId = newId("acct", 16);
    this.collections = emptyCollections();
    this.cardsOnFile = new Map();
    this.tokenizedCards = new Map();
    this.deletedCustomers = new Map();
    this.endpointSecrets = new Map();
    this.apiVersion = API_VERSION;
    this.onChange();
  }
}
