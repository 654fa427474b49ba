import type Stripe from "stripe";
import { resourceMissing } from "../protocol/errors.ts";

/** An event of any type: a test may give one whose type the SDK does not know. */
export type StoredEvent = Omit<Stripe.EventBase, "type"> & { type: string };

/** Every stored resource by the name in its `object` property. References between objects are ids, never nested. */
export interface StoredObjects {
  balance_transaction: Stripe.BalanceTransaction;
  charge: Stripe.Charge;
  customer: Stripe.Customer;
  dispute: Stripe.Dispute;
  event: StoredEvent;
  invoice: Stripe.Invoice;
  invoice_payment: Stripe.InvoicePayment;
  payment_intent: Stripe.PaymentIntent;
  payment_method: Stripe.PaymentMethod;
  price: Stripe.Price;
  product: Stripe.Product;
  refund: Stripe.Refund;
  subscription: Stripe.Subscription;
  webhook_endpoint: Stripe.WebhookEndpoint;
}

export type ObjectName = keyof StoredObjects;
export type Collections = { [K in ObjectName]: Map<string, StoredObjects[K]> };

/** Which test card a payment method stands for, and whether it was authenticated for later use. */
export interface CardOnFile {
  /** The `pm_card_...` name of the test card. The number itself is never kept. */
  testCard: string;
  setUp: boolean;
}

function emptyCollections(): Collections {
  return {
    balance_transaction: new Map(),
    charge: new Map(),
    customer: new Map(),
    dispute: new Map(),
    event: new Map(),
    invoice: new Map(),
    invoice_payment: new Map(),
    payment_intent: new Map(),
    payment_method: new Map(),
    price: new Map(),
    product: new Map(),
    refund: new Map(),
    subscription: new Map(),
    webhook_endpoint: new Map(),
  };
}

/**
 * All objects, in memory, in the order of their creation. Objects are immutable: a change replaces the object, so an
 * event may hold the very object it reports. `onChange` is called after every write.
 */
export class Store {
  collections: Collections = emptyCollections();
  /** Payment method id -> test card. */
  cardsOnFile: Map<string, CardOnFile> = new Map();
  deletedCustomers: Map<string, Stripe.DeletedCustomer> = new Map();
  /** Webhook endpoint id -> signing secret: the API shows it only once, when the endpoint is created. */
  endpointSecrets: Map<string, string> = new Map();
  onChange: () => void = () => {};

  find<K extends ObjectName>(name: K, id: string): StoredObjects[K] | undefined {
    return this.collections[name].get(id);
  }

  /** Throws `resource_missing`: 404 for the object of the URL, 400 for one that parameter `param` refers to. */
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

  /** Replaces the object by a copy with `changes`. */
  patch<K extends ObjectName>(
    name: K,
    object: StoredObjects[K],
    changes: Partial<StoredObjects[K]>,
  ): StoredObjects[K] {
    return this.put(name, { ...object, ...changes });
  }

  remove(name: ObjectName, id: string): void {
    this.collections[name].delete(id);
    this.onChange();
  }

  clear(): void {
    this.collections = emptyCollections();
    this.cardsOnFile = new Map();
    this.deletedCustomers = new Map();
    this.endpointSecrets = new Map();
    this.onChange();
  }
}
