/** Looks for something by any of its ids, by a mail address or by an amount: for the command and for the console. */
import { getItem, type Item, scanPage } from "../../lib/aws/dynamodb.ts";
import { mappedCustomerId } from "../../lib/customers/mapped-customer.ts";
import { identityOf } from "../../lib/customers/person.ts";
import { env } from "../../lib/env.ts";
import { findByReference } from "../../lib/events/find-by-reference.ts";
import type { ObjectState } from "../../lib/events/object-state.ts";
import { recordedIn } from "../../lib/events/recorded.ts";
import { isReferenceItem } from "../../lib/events/references.ts";
import { decimalsOf } from "../../lib/money/currencies.ts";
import { formatMoney } from "../../lib/money/format-money.ts";
import { present } from "../../lib/present.ts";
import { singleWord } from "../../lib/scrub.ts";
import { textOf } from "../../lib/untrusted.ts";
import { readRow } from "../../lib/workflow/run-row.ts";
import type { LogSource } from "../logs/log-source.ts";
import { kindName } from "./kind-name.ts";
import type { Look, Search } from "./read-search.ts";

export interface FoundRow {
  /** What it is, such as `payment`. */
  readonly kind: string;
  readonly id: string;
  readonly status: string;
  /** As people write it. */
  readonly amount?: string;
  /** When it last changed here: UTC, ISO 8601. */
  readonly changedAt?: string;
  /** The path of its page in the console. */
  readonly page: string;
}

export interface Found {
  readonly readAs: string;
  readonly rows: readonly FoundRow[];
  /** Where it was looked for, as sentences without a full stop. */
  readonly where: readonly string[];
  /** What the search could not see. */
  readonly limits: readonly string[];
}

export interface LookOptions {
  readonly now: Date;
  /** The functions' log; it is only opened for ids of requests. */
  readonly log: () => Promise<LogSource>;
}

/** More are not a list that anybody reads. */
const MOST_ROWS = 200;
/** There is no index by amount, so the table is read: this many items, and no more. */
const MOST_SCANNED = 20_000;
const LOG_DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;
/** What has an amount that people see. */
const WITH_AMOUNT: ReadonlySet<string> = new Set([
  "payment_intent",
  "invoice",
  "refund",
  "dispute",
  "credit_note",
]);

/** Throws SERVICE_UNAVAILABLE. */
export async function find({ readAs, looks, otherwise }: Search, options: LookOptions): Promise<Found> {
  const first = await lookIn(looks, options);
  const second = first.rows.length === 0 ? await lookIn(otherwise, options) : NOTHING;
  return {
    readAs,
    rows: [...first.rows, ...second.rows],
    where: [...first.where, ...second.where],
    limits: [...first.limits, ...second.limits],
  };
}

interface Seen {
  readonly rows: readonly FoundRow[];
  readonly where: readonly string[];
  readonly limits: readonly string[];
}
const NOTHING: Seen = { rows: [], where: [], limits: [] };

async function lookIn(looks: readonly Look[], options: LookOptions): Promise<Seen> {
  const seen: Seen[] = [];
  for (const look of looks) seen.push(await lookOnce(look, options));
  const byId = new Map(seen.flatMap(({ rows }) => rows).map((row) => [row.id, row]));
  const rows = [...byId.values()];
  return {
    rows: rows.slice(0, MOST_ROWS),
    where: seen.flatMap(({ where }) => where),
    limits: [
      ...seen.flatMap(({ limits }) => limits),
      ...(rows.length > MOST_ROWS ? [`Only ${MOST_ROWS} of ${rows.length} are shown`] : []),
    ],
  };
}

function lookOnce(look: Look, options: LookOptions): Promise<Seen> {
  switch (look.by) {
    case "object":
      return recordedObject(look.value);
    case "event":
      return event(look.value);
    case "run":
      return run(look.value);
    case "request":
      return request(look.value, options);
    case "address":
      return person(look.value, identityOf({ email: look.value }));
    case "reference":
      return person(look.value, identityOf({ userId: look.value }));
    case "amount":
      return amount(look);
  }
}

async function recordedObject(objectId: string): Promise<Seen> {
  const item = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });
  const isRecord = item !== undefined && !isReferenceItem(item);
  return { ...NOTHING, rows: isRecord ? [await rowOf(item)] : [], where: ["the recorded objects"] };
}

async function event(eventId: string): Promise<Seen> {
  const item = await getItem(env("STRIPE_EVENTS_TABLE"), { eventId });
  const rows =
    item === undefined
      ? []
      : [
          {
            kind: singleWord(String(item.type)),
            id: eventId,
            status: String(item.state),
            page: pageOf("events", eventId),
            ...present({ changedAt: textOf(item.appliedAt) ?? textOf(item.receivedAt) }),
          },
        ];
  return {
    rows,
    where: ["the inbox of events"],
    limits: rows.length === 0 ? ["The inbox keeps events for 90 days"] : [],
  };
}

async function run(runId: string): Promise<Seen> {
  const row = await readRow(runId);
  const rows =
    row === undefined
      ? []
      : [
          {
            kind: `run of ${row.workflowId}`,
            id: runId,
            status: row.status,
            changedAt: row.endedAt ?? row.startedAt,
            page: pageOf("runs", runId),
          },
        ];
  return { ...NOTHING, rows, where: ["the recorded runs"] };
}

const SUBJECTS = ["paymentId", "customerId", "subscriptionId", "invoiceId", "runId", "eventId"] as const;

/** The call or event with this request, and what it was about. */
async function request(id: string, { now, log }: LookOptions): Promise<Seen> {
  // The id has one of two forms, neither of which has a quotation mark.
  const lines = await (await log())(
    `fields @timestamp, event, capabilityId, outcome, ${SUBJECTS.join(", ")} | filter requestId = "${id}" or stripeRequestId = "${id}" | sort @timestamp asc | limit 100`,
    { from: new Date(now.getTime() - LOG_DAYS * DAY_MS), to: new Date(now.getTime() + DAY_MS) },
  );
  const last = lines.at(-1);
  const where = ["the functions' log"];
  const limits = [`Only the log of the last ${LOG_DAYS} days was searched`];
  if (last === undefined) return { rows: [], where, limits };
  const time = last["@timestamp"];
  const itself: FoundRow = {
    kind: last.capabilityId ?? last.event ?? "request",
    id,
    status: last.outcome ?? "",
    page: `/console?id=${encodeURIComponent(id)}`,
    ...present({
      changedAt: time === undefined ? undefined : `${time.replace(" ", "T").replace(/Z?$/, "Z")}`,
    }),
  };
  const ids = new Set(lines.flatMap((line) => SUBJECTS.flatMap((name) => line[name] ?? [])));
  const about = await Promise.all(
    [...ids].map((one) =>
      one.startsWith("evt_") ? event(one) : one.startsWith("run-") ? run(one) : recordedObject(one),
    ),
  );
  return { rows: [itself, ...about.flatMap(({ rows }) => rows)], where, limits };
}

/** By the index of what the application calls its objects, and by the mapping of people to customers. */
async function person(value: string, identity: string): Promise<Seen> {
  const [{ objects, hasMore }, mappedId] = await Promise.all([
    findByReference(value),
    mappedCustomerId(identity),
  ]);
  const rows = await Promise.all(objects.map(({ item }) => rowOf(item)));
  const isNew = mappedId !== undefined && !rows.some(({ id }) => id === mappedId);
  const mapped = isNew ? (await recordedObject(mappedId)).rows : [];
  return {
    rows: [...mapped, ...rows],
    where: ["the index of the application's ids and of addresses", "the table of customers"],
    limits: [
      ...(rows.length + mapped.length === 0
        ? [
            "The index has whole values only, and of metadata those that look like ids; npm run find -- --rebuild adds what was recorded before it",
          ]
        : []),
      ...(hasMore ? ["It has more objects with this value than were read"] : []),
    ],
  };
}

async function amount({
  amount: wanted,
  currency,
  decimals,
}: Extract<Look, { by: "amount" }>): Promise<Seen> {
  const found: Item[] = [];
  let read = 0;
  let after: Item | undefined;
  do {
    const page = await scanPage(env("STRIPE_OBJECTS_TABLE"), { after });
    read += page.items.length;
    found.push(
      ...page.items.filter(
        (item) =>
          WITH_AMOUNT.has(String(item.objectType)) &&
          (item.amount === wanted || item.amountReceived === wanted) &&
          (currency === undefined || item.currency === currency) &&
          (decimals === undefined || decimalsOf(String(item.currency)) === decimals),
      ),
    );
    after = page.next;
  } while (after !== undefined && read < MOST_SCANNED);
  found.sort((a, b) => String(b.recordedAt).localeCompare(String(a.recordedAt)));
  return {
    rows: await Promise.all(found.map(rowOf)),
    where: ["the amounts of recorded payments, invoices, refunds and disputes"],
    limits:
      after === undefined
        ? []
        : [`No index has amounts: the first ${read} items of the table were read, and there are more`],
  };
}

async function rowOf(item: Item): Promise<FoundRow> {
  const { state } = await recordedIn(item);
  const id = String(item.objectId);
  const { amount: value, currency, status, objectType } = state;
  return {
    ...{ kind: kindName(objectType), id, status, page: pageOfObject(id, state) },
    ...present({
      changedAt: textOf(item.recordedAt),
      amount:
        value === undefined || currency === undefined ? undefined : formatMoney({ amount: value, currency }),
    }),
  };
}

/** What has no page of its own is on the page of what it belongs to. */
function pageOfObject(
  id: string,
  { paymentIntentId, invoiceId, subscriptionId, customerId }: ObjectState,
): string {
  const hasOwn = /^(?:pi|cus|sub|in)_/.test(id);
  return pageOf(
    "objects",
    (hasOwn ? undefined : (paymentIntentId ?? invoiceId ?? subscriptionId ?? customerId)) ?? id,
  );
}

const pageOf = (view: string, id: string) => `/console/${view}/${encodeURIComponent(id)}`;
