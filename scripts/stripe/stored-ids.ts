/** The ids of Stripe's objects that the tables hold, with what is known about where each object is. */
import { deleteItem, type Item, scanPage } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { objectPath } from "../../lib/events/object-paths.ts";
import { ended } from "../../lib/failed-payments/failed-payment.ts";
import { changeFailedPayment } from "../../lib/failed-payments/failed-payment-table.ts";
import { readApiKeyItem } from "../../lib/identity/api-key-record.ts";
import { present } from "../../lib/present.ts";
import { textOf } from "../../lib/untrusted.ts";

export interface StoredId {
  /** The table, as CloudFormation calls it. */
  readonly table: string;
  readonly id: string;
  /** Where the object is in Stripe's API. */
  readonly path: string;
  /** The account that is recorded with it, `acct_...`; undefined if none is. */
  readonly account?: string;
  /** What happens with the id if its object belongs to another account, or what to do about it. A clause. */
  readonly remedy: string;
  /** Makes the tables forget it. Undefined if only a person can decide that. False if it has changed since it was read. */
  readonly forget?: () => Promise<boolean>;
}

interface Source {
  readonly table: string;
  readonly variable: string;
  readonly read: (item: Item) => (Omit<StoredId, "table" | "path"> & { readonly kind: string }) | undefined;
}

const SOURCES: readonly Source[] = [
  { table: "Customers", variable: "CUSTOMERS_TABLE", read: mapping },
  { table: "StripeObjects", variable: "STRIPE_OBJECTS_TABLE", read: record },
  { table: "FailedPayments", variable: "FAILED_PAYMENTS_TABLE", read: failedPayment },
  { table: "ApiKeys", variable: "API_KEYS_TABLE", read: boundKey },
];

/** Every stored id whose object Stripe can be asked about. */
export async function* storedIds(): AsyncGenerator<StoredId> {
  for (const { table, variable, read } of SOURCES) {
    let after: Item | undefined;
    do {
      const page = await scanPage(env(variable), { after });
      for (const item of page.items) {
        const found = read(item);
        const path = found && objectPath(found.kind, found.id);
        if (found !== undefined && path !== undefined) yield { ...found, table, path };
      }
      after = page.next;
    } while (after !== undefined);
  }
}

function mapping({ identity, customerId, account }: Item) {
  const id = textOf(customerId);
  if (id === undefined) return undefined;
  return {
    id,
    kind: "customer",
    ...present({ account: textOf(account) }),
    remedy: "the person's next call finds or creates another customer",
    forget: () =>
      deleteItem(
        env("CUSTOMERS_TABLE"),
        { identity },
        { expression: "customerId = :customerId", values: { ":customerId": id } },
      ),
  };
}

function record({ objectId, objectType, status, version }: Item) {
  // Some kinds vanish at Stripe when they are deleted, so Stripe cannot say whose they were.
  if (status === "deleted") return undefined;
  return {
    id: String(objectId),
    kind: String(objectType),
    remedy: "the drift check reports it until it is forgotten",
    forget: () =>
      deleteItem(
        env("STRIPE_OBJECTS_TABLE"),
        { objectId },
        {
          expression: "#version = :version",
          names: { "#version": "version" },
          values: { ":version": version },
        },
      ),
  };
}

function failedPayment({ paymentId, status }: Item) {
  if (status !== "open") return undefined;
  const id = String(paymentId);
  return {
    id,
    kind: id.startsWith("in_") ? "invoice" : "payment_intent",
    remedy: "its payer gets no reminder; it becomes missing when the next one is due",
    forget: async () => {
      const { before, after } = await changeFailedPayment(
        id,
        (payment) => payment && ended(payment, "missing"),
      );
      return before !== after;
    },
  };
}

function boundKey(item: Item) {
  const key = readApiKeyItem(item);
  const id = key?.principal.customerId;
  if (key === undefined || id === undefined || key.revokedAt !== undefined) return undefined;
  return {
    id,
    kind: "customer",
    remedy: `the API key ${key.keyId} can act for no other customer: revoke it, and create one`,
  };
}
