import { readFile, rename, writeFile } from "node:fs/promises";
import Stripe from "stripe";
import { API_VERSION } from "../protocol/api-version.ts";
import type { IdempotencyEntry } from "../state/idempotency-keys.ts";
import {
  type CardOnFile,
  type HiddenFields,
  OBJECT_NAMES,
  type ObjectName,
  type StoredObjects,
  type TokenizedCard,
} from "../state/store.ts";
import type { Delivery } from "../webhooks/delivery.ts";
import type { Emulator } from "./emulator.ts";

const FORMAT = 2;
const WRITE_DELAY_MILLISECONDS = 200;

/** The file's contents. Maps are lists of entries, which keeps their order. */
interface SavedState {
  format: number;
  /** Missing in a file of an emulator that had the same account everywhere. */
  accountId?: string;
  clockOffsetSeconds: number;
  /** Oldest first. A file of an emulator that did not know a kind yet has none of it. */
  objects: { [K in ObjectName]?: StoredObjects[K][] };
  cardsOnFile: [string, CardOnFile][];
  /** A file of an emulator that had no tokens has none. */
  tokenizedCards?: [string, TokenizedCard][];
  deletedCustomers: [string, Stripe.DeletedCustomer][];
  /** Missing in a file of an emulator that had no coupons. */
  deletedCoupons?: [string, Stripe.Coupon][];
  hiddenFields?: [string, HiddenFields][];
  announcedTrials?: [string, number][];
  announcedInvoices?: [string, number][];
  overdueInvoices?: string[];
  endpointSecrets: [string, string][];
  /** A file of an emulator that had no entitlements has none. */
  activeEntitlements?: [string, Stripe.Entitlements.ActiveEntitlement[]][];
  idempotency: [string, IdempotencyEntry][];
  deliveries: Delivery[];
  /** A file of an emulator that had one version only has none. */
  apiVersion?: string;
}

/**
 * Loads the state from the file, if it exists, and from then on writes every change to it. A write collects the changes of
 * a moment; it goes to a new file that is then renamed, so that a crash leaves the old state or the new one. Rejects when
 * the file cannot be read.
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

function save({ store, clock, idempotency, webhooks }: Emulator): object {
  return {
    format: FORMAT,
    accountId: store.accountId,
    clockOffsetSeconds: clock.offsetSeconds,
    objects: Object.fromEntries(OBJECT_NAMES.map((name) => [name, store.all(name)])),
    cardsOnFile: [...store.cardsOnFile],
    tokenizedCards: [...store.tokenizedCards],
    deletedCustomers: [...store.deletedCustomers],
    deletedCoupons: [...store.deletedCoupons],
    hiddenFields: [...store.hiddenFields],
    announcedTrials: [...store.announcedTrials],
    announcedInvoices: [...store.announcedInvoices],
    overdueInvoices: [...store.overdueInvoices],
    endpointSecrets: [...store.endpointSecrets],
    activeEntitlements: [...store.activeEntitlements],
    idempotency: [...idempotency.entries].filter(([, entry]) => entry.response !== undefined),
    deliveries: webhooks.deliveries.all(),
    apiVersion: store.apiVersion,
  } satisfies Omit<SavedState, "objects"> & { objects: object };
}

function load({ store, clock, idempotency, webhooks }: Emulator, saved: SavedState): void {
  store.accountId = saved.accountId ?? store.accountId;
  clock.offsetSeconds = saved.clockOffsetSeconds;
  for (const name of OBJECT_NAMES) store.restore(name, saved.objects[name] ?? []);
  store.cardsOnFile = new Map(saved.cardsOnFile);
  store.tokenizedCards = new Map(saved.tokenizedCards);
  store.deletedCustomers = new Map(saved.deletedCustomers);
  store.deletedCoupons = new Map(saved.deletedCoupons ?? []);
  store.hiddenFields = new Map(saved.hiddenFields ?? []);
  store.announcedTrials = new Map(saved.announcedTrials ?? []);
  store.announcedInvoices = new Map(saved.announcedInvoices ?? []);
  store.overdueInvoices = new Set(saved.overdueInvoices ?? []);
  store.endpointSecrets = new Map(saved.endpointSecrets);
  store.activeEntitlements = new Map(saved.activeEntitlements);
  idempotency.entries = new Map(saved.idempotency);
  store.apiVersion = saved.apiVersion ?? API_VERSION;
  webhooks.resume(saved.deliveries);
}

function parse(text: string, path: string): SavedState {
  try {
    const saved: SavedState = JSON.parse(text, (key, value) =>
      key.endsWith("_decimal") && typeof value === "string" ? Stripe.Decimal.from(value) : value,
    );
    if (saved.format === FORMAT) return saved;
  } catch (error) {
    throw new Error(`The emulator's state file ${path} is not JSON. Delete it to start without any state.`, {
      cause: error,
    });
  }
  throw new Error(
    `The emulator's state file ${path} was written by another version. Delete it to start without any state.`,
  );
}
