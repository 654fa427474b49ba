import type Stripe from "stripe";
import { API_VERSION } from "../protocol/api-version.ts";
import { resourceMissing } from "../protocol/errors.ts";
import type { Encodable } from "../protocol/form-encoding.ts";
import { newId } from "../protocol/ids.ts";
import { LayeredMap } from "./layered-map.ts";

/** An event of any type: the control interface also takes types that the SDK does not know. */
export type StoredEvent = Omit<Stripe.EventBase, "type"> & { type: string };

/** A feature of a product, as `/v1/products/{id}/features` knows it. */
export interface AttachedFeature {
  id: string;
  product: string;
  feature: string;
}

/** What is ordered in a checkout session, through a payment link or in a quote, beside what the API shows. */
export interface CheckoutOrder {
  id: string;
  /** The id of the session, payment link or quote. */
  owner: string;
  lineItems: Stripe.LineItem[];
  /** Parameters for what is made of the order. */
  data: {
    payment: { readonly [name: string]: Encodable };
    subscription: { readonly [name: string]: Encodable };
    setup: { readonly [name: string]: Encodable };
    /** Of the sessions of a payment link. */
    session: { readonly [name: string]: Encodable };
  };
  /** The payment intent, once the payer has tried to pay. */
  intent: string | null;
  /** The customer that was made for the payer. */
  customer: string | null;
  /** Who pays, as typed into the page. */
  payer: { email?: string; name?: string };
  /** Whether the payer pays elsewhere. */
  waits: boolean;
}

/** Usage that was reported to a meter. */
export interface MeterUsage {
  id: string;
  meter: string;
  customer: string;
  eventName: string;
  identifier: string;
  payload: Record<string, string>;
  /** Unix seconds. */
  timestamp: number;
  value: number;
}

/** The `data` of an event that exists in the thin form only, by the id of the stored event. */
export interface ThinEventData {
  id: string;
  data: object;
}

/** The kinds of objects, by the name in their `object` property. Objects refer to each other by id, and are never nested. */
export interface StoredObjects {
  balance_transaction: Stripe.BalanceTransaction;
  bank_account: Stripe.BankAccount;
  card: Stripe.Card;
  "billing.meter": Stripe.Billing.Meter;
  "billing_portal.configuration": Stripe.BillingPortal.Configuration;
  "billing_portal.session": Stripe.BillingPortal.Session;
  charge: Stripe.Charge;
  "checkout.session": Stripe.Checkout.Session;
  checkout_order: CheckoutOrder;
  coupon: Stripe.Coupon;
  credit_note: Stripe.CreditNote;
  customer: Stripe.Customer;
  customer_cash_balance_transaction: Stripe.CustomerCashBalanceTransaction;
  customer_balance_transaction: Stripe.CustomerBalanceTransaction;
  discount: Stripe.Discount;
  dispute: Stripe.Dispute;
  "entitlements.feature": Stripe.Entitlements.Feature;
  event: StoredEvent;
  invoice: Stripe.Invoice;
  invoice_payment: Stripe.InvoicePayment;
  mandate: Stripe.Mandate;
  invoiceitem: Stripe.InvoiceItem;
  meter_usage: MeterUsage;
  payment_intent: Stripe.PaymentIntent;
  payment_link: Stripe.PaymentLink;
  payment_method: Stripe.PaymentMethod;
  payout: Stripe.Payout;
  price: Stripe.Price;
  product: Stripe.Product;
  "radar.early_fraud_warning": Stripe.Radar.EarlyFraudWarning;
  product_feature: AttachedFeature;
  promotion_code: Stripe.PromotionCode;
  quote: Stripe.Quote;
  refund: Stripe.Refund;
  setup_attempt: Stripe.SetupAttempt;
  setup_intent: Stripe.SetupIntent;
  subscription: Stripe.Subscription;
  token: Stripe.Token;
  subscription_schedule: Stripe.SubscriptionSchedule;
  "test_helpers.test_clock": Stripe.TestHelpers.TestClock;
  tax_id: Stripe.TaxId;
  tax_rate: Stripe.TaxRate;
  thin_event_data: ThinEventData;
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

/** Fields of a price or a coupon that a response has only when `expand` names them. */
export interface HiddenFields {
  tiers?: Stripe.Price.Tier[];
  /** By currency, in lower case. */
  price_currency_options?: Record<string, Stripe.Price.CurrencyOptions>;
  coupon_currency_options?: Record<string, Stripe.Coupon.CurrencyOptions>;
  applies_to?: Stripe.Coupon.AppliesTo;
}

/** The one list of all kinds of objects; the compiler compares it with {@link StoredObjects}. */
function emptyCollections(): Collections {
  return {
    balance_transaction: new Map(),
    bank_account: new Map(),
    card: new Map(),
    "billing.meter": new Map(),
    "billing_portal.configuration": new Map(),
    "billing_portal.session": new Map(),
    charge: new Map(),
    "checkout.session": new Map(),
    checkout_order: new Map(),
    coupon: new Map(),
    credit_note: new Map(),
    customer: new Map(),
    customer_cash_balance_transaction: new Map(),
    customer_balance_transaction: new Map(),
    discount: new Map(),
    dispute: new Map(),
    "entitlements.feature": new Map(),
    event: new Map(),
    invoice: new Map(),
    invoice_payment: new Map(),
    mandate: new Map(),
    invoiceitem: new Map(),
    meter_usage: new Map(),
    payment_intent: new Map(),
    payment_link: new Map(),
    payment_method: new Map(),
    payout: new Map(),
    price: new Map(),
    product: new Map(),
    "radar.early_fraud_warning": new Map(),
    product_feature: new Map(),
    promotion_code: new Map(),
    quote: new Map(),
    refund: new Map(),
    setup_attempt: new Map(),
    setup_intent: new Map(),
    subscription: new Map(),
    token: new Map(),
    subscription_schedule: new Map(),
    "test_helpers.test_clock": new Map(),
    tax_id: new Map(),
    tax_rate: new Map(),
    thin_event_data: new Map(),
    webhook_endpoint: new Map(),
  };
}

function layersOn(below: Collections): Collections {
  const layers = emptyCollections();
  for (const name of OBJECT_NAMES) addLayer(name, layers, below);
  return layers;
}

function addLayer<K extends ObjectName>(
  name: K,
  layers: Record<K, Map<string, StoredObjects[K]>>,
  below: Record<K, Map<string, StoredObjects[K]>>,
): void {
  layers[name] = new LayeredMap(below[name]);
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
  /** Discounts that were made from a coupon go on when it is deleted. */
  deletedCoupons: Map<string, Stripe.Coupon> = new Map();
  /** Price id or coupon id -> its hidden fields. */
  hiddenFields: Map<string, HiddenFields> = new Map();
  /** Subscription id -> the end of the trial that was announced last, in unix seconds. */
  announcedTrials: Map<string, number> = new Map();
  /** Subscription id -> the end of the period whose next invoice was announced last, in unix seconds. */
  announcedInvoices: Map<string, number> = new Map();
  /** The ids of the invoices whose delay was reported. */
  overdueInvoices: Set<string> = new Set();
  /** Webhook endpoint id -> signing secret, which the API shows only when the endpoint is created. */
  endpointSecrets: Map<string, string> = new Map();
  /** Customer id -> what the customer is entitled to, oldest first. */
  activeEntitlements: Map<string, Stripe.Entitlements.ActiveEntitlement[]> = new Map();
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

  /**
   * A store that begins as this one, and can be changed on its own until it is adopted or thrown away. Meanwhile this one must
   * not change. The objects are shared, because they are never modified. It has no events.
   */
  fork(): Store {
    const fork = new Store();
    fork.accountId = this.accountId;
    fork.collections = layersOn(this.collections);
    fork.collections.event = new Map();
    fork.cardsOnFile = new LayeredMap(this.cardsOnFile);
    fork.tokenizedCards = new LayeredMap(this.tokenizedCards);
    fork.deletedCustomers = new LayeredMap(this.deletedCustomers);
    fork.deletedCoupons = new LayeredMap(this.deletedCoupons);
    fork.hiddenFields = new LayeredMap(this.hiddenFields);
    fork.announcedTrials = new LayeredMap(this.announcedTrials);
    fork.announcedInvoices = new LayeredMap(this.announcedInvoices);
    fork.overdueInvoices = new Set(this.overdueInvoices);
    fork.endpointSecrets = new LayeredMap(this.endpointSecrets);
    fork.activeEntitlements = new LayeredMap(this.activeEntitlements);
    fork.apiVersion = this.apiVersion;
    return fork;
  }

  /** Takes over what was changed in a fork of this store, except for its events. */
  adopt(fork: Store): void {
    const { event: _, ...collections } = fork.collections;
    const maps = [...Object.values(collections), ...Object.values(fork)];
    for (const map of maps) if (map instanceof LayeredMap) map.commit();
    this.accountId = fork.accountId;
    this.overdueInvoices = fork.overdueInvoices;
    this.apiVersion = fork.apiVersion;
    this.onChange();
  }

  /** Empties the store: from then on it is another account's. */
  clear(): void {
    this.accountId = newId("acct", 16);
    this.collections = emptyCollections();
    this.cardsOnFile = new Map();
    this.tokenizedCards = new Map();
    this.deletedCustomers = new Map();
    this.deletedCoupons = new Map();
    this.hiddenFields = new Map();
    this.announcedTrials = new Map();
    this.announcedInvoices = new Map();
    this.overdueInvoices = new Set();
    this.endpointSecrets = new Map();
    this.activeEntitlements = new Map();
    this.apiVersion = API_VERSION;
    this.onChange();
  }
}
