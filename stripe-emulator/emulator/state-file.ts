import { readFile, rename, writeFile } from "node:fs/promises";
import Stripe from "stripe";
import type { IdempotencyEntry } from "../state/idempotency-keys.ts";
import type { CardOnFile, Collections, ObjectName } from "../state/store.ts";
import type { Delivery } from "../webhooks/delivery.ts";
import type { Emulator } from "./emulator.ts";

const FORMAT = 1;
const WRITE_DELAY_MILLISECONDS = 200;

/** The file's contents. Maps are written as lists of entries, so that their order is kept. */
interface SavedState {
  format: number;
  clockOffsetSeconds: number;
  collections: { [K in ObjectName]: [string, Collections[K] extends Map<string, infer V> ? V : never][] };
  cardsOnFile: [string, CardOnFile][];
  deletedCustomers: [string, Stripe.DeletedCustomer][];
  endpointSecrets: [string, string][];
  idempotency: [string, IdempotencyEntry][];
  deliveries: Delivery[];
}

/**
 * Loads the state that `path` holds, if it exists, and from then on writes every change to it: a moment later, several
 * changes at once, and by renaming, so that a crash leaves the old file or the new one.
 */
export async function openStateFile(emulator: Emulator, path: string): Promise<{ close(): Promise<void> }> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text !== undefined) load(emulator, parse(text, path));
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  const write = (): Promise<void> => {
    timer = undefined;
    const contents = JSON.stringify(save(emulator));
    writing = writing.then(async () => {
      await writeFile(`${path}.new`, contents);
      await rename(`${path}.new`, path);
    });
    return writing;
  };
  const writeAndLog = () =>
    void write().catch((error: unknown) => emulator.log(`state file: ${String(error)}`));
  emulator.store.onChange = () => {
    timer ??= setTimeout(writeAndLog, WRITE_DELAY_MILLISECONDS).unref();
  };
  return {
    close: async () => {
      emulator.store.onChange = () => {};
      clearTimeout(timer);
      await write();
    },
  };
}

function save(emulator: Emulator): SavedState {
  const { store, clock, idempotency, webhooks } = emulator;
  const { collections: c } = store;
  return {
    format: FORMAT,
    clockOffsetSeconds: clock.offsetSeconds,
    collections: {
      balance_transaction: [...c.balance_transaction],
      charge: [...c.charge],
      customer: [...c.customer],
      dispute: [...c.dispute],
      event: [...c.event],
      invoice: [...c.invoice],
      invoice_payment: [...c.invoice_payment],
      payment_intent: [...c.payment_intent],
      payment_method: [...c.payment_method],
      price: [...c.price],
      product: [...c.product],
      refund: [...c.refund],
      subscription: [...c.subscription],
      webhook_endpoint: [...c.webhook_endpoint],
    },
    cardsOnFile: [...store.cardsOnFile],
    deletedCustomers: [...store.deletedCustomers],
    endpointSecrets: [...store.endpointSecrets],
    idempotency: [...idempotency.entries].filter(([, entry]) => entry.answer !== undefined),
    deliveries: webhooks.all(),
  };
}

function load(emulator: Emulator, saved: SavedState): void {
  const { store, clock, idempotency, webhooks } = emulator;
  const c = saved.collections;
  clock.offsetSeconds = saved.clockOffsetSeconds;
  store.collections = {
    balance_transaction: new Map(c.balance_transaction),
    charge: new Map(c.charge),
    customer: new Map(c.customer),
    dispute: new Map(c.dispute),
    event: new Map(c.event),
    invoice: new Map(c.invoice),
    invoice_payment: new Map(c.invoice_payment),
    payment_intent: new Map(c.payment_intent),
    payment_method: new Map(c.payment_method),
    price: new Map(c.price),
    product: new Map(c.product),
    refund: new Map(c.refund),
    subscription: new Map(c.subscription),
    webhook_endpoint: new Map(c.webhook_endpoint),
  };
  store.cardsOnFile = new Map(saved.cardsOnFile);
  store.deletedCustomers = new Map(saved.deletedCustomers);
  store.endpointSecrets = new Map(saved.endpointSecrets);
  idempotency.entries = new Map(saved.idempotency);
  webhooks.resume(saved.deliveries);
}

function parse(text: string, path: string): SavedState {
  try {
    const saved: SavedState = JSON.parse(text, (key, value) =>
      key.endsWith("_decimal") && typeof value === "string" ? Stripe.Decimal.from(value) : value,
    );
    if (saved.format === FORMAT) return saved;
  } catch (error) {
    throw new Error(`The emulator's state file ${path} is not JSON. Delete it to start afresh.`, {
      cause: error,
    });
  }
  throw new Error(`The emulator's state file ${path} has another format. Delete it to start afresh.`);
}
