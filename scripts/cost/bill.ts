/** What counted calls cost. Pure. */
import { PART_CHARACTERS } from "../../lib/audit/archive-files.ts";
import { RARELY_READ, type Table, tableResource } from "../../resources/tables.ts";
import type { Assumptions } from "./assumptions.ts";
import type { Counted, CountedArchive, CountedFunction } from "./counted.ts";
import { MONTHS_OF_ENTRIES, monthsInTable } from "./lifetimes.ts";
import type { Priced, PricedRegion, PriceTable } from "./prices.ts";

/** The parts of the bill, in the words of the page. */
export const PARTS = {
  api: "API Gateway",
  lambda: "Lambda",
  workflows: "Step Functions",
  "audit-writes": "audit log, requests",
  "audit-storage": "audit log, storage",
  "audit-archive": "audit log, archive",
  "table-requests": "other tables, requests",
  "table-storage": "other tables, storage",
  events: "queues and notifications",
  logs: "logs",
  mails: "mails (SES)",
} as const;
export type Part = keyof typeof PARTS;
export const PART_NAMES: readonly Part[] = [
  "workflows",
  "audit-writes",
  "audit-storage",
  "audit-archive",
  "table-requests",
  "table-storage",
  "lambda",
  "logs",
  "api",
  "events",
  "mails",
];

/** One line: so many units of something that has a price. */
export interface Line {
  readonly part: Part;
  readonly priced: Priced;
  readonly units: number;
}

export interface BillOptions {
  readonly assumptions: Assumptions;
  /** Of each function, in MB. */
  readonly memoryOf: (functionName: string) => number;
}

const BYTES_PER_GB = 1024 ** 3;
/** The table is read consistently. */
const BYTES_PER_READ_UNIT = 4096;
const LOG_MONTHS = 30 / (365 / 12);
/** CloudWatch stores logs compressed. */
const LOG_COMPRESSION = 6;

/** The lines for what was counted, once. What it leaves in tables is billed for as long as it is kept. */
export function linesOf(counted: Counted, { assumptions, memoryOf }: BillOptions): Line[] {
  const functions = Object.entries(counted.functions);
  const sum = (of: (counted: CountedFunction, name: string) => number) =>
    functions.reduce((total, [name, one]) => total + of(one, name), 0);
  const logGb = sum((one) => logBytes(one, assumptions)) / BYTES_PER_GB;
  return [
    { part: "api", priced: "http-requests", units: counted.requests },
    { part: "lambda", priced: "invocations", units: sum(({ invocations }) => invocations) },
    {
      part: "lambda",
      priced: "compute",
      units: sum(
        (one, name) => (memoryOf(name) / 1024) * (durationMs(one, assumptions, memoryOf(name)) / 1000),
      ),
    },
    { part: "workflows", priced: "state-transitions", units: counted.stateTransitions },
    ...Object.entries(counted.tables).flatMap(([name, table]) =>
      tableLines(name as Table, table, counted.archived),
    ),
    ...archiveLines(counted.archived),
    { part: "events", priced: "queue-requests", units: counted.queueRequests },
    { part: "events", priced: "notifications", units: counted.notifications },
    { part: "logs", priced: "log-ingestion", units: logGb },
    { part: "logs", priced: "log-storage", units: (logGb / LOG_COMPRESSION) * LOG_MONTHS },
    { part: "mails", priced: "mails", units: counted.mails },
  ];
}

const isRarelyRead = (table: Table) => tableResource(table).Properties?.TableClass === RARELY_READ;

function tableLines(table: Table, counted: Counted["tables"][string], archived: CountedArchive): Line[] {
  const [requests, storage]: [Part, Part] =
    table === "auditLog" ? ["audit-writes", "audit-storage"] : ["table-requests", "table-storage"];
  const isRare = isRarelyRead(table);
  // What moves to the archive leaves its table earlier than the rest.
  const moved = table === "auditLog" ? archived.tableBytes : 0;
  const gbMonths =
    ((counted.storedBytes - moved) * monthsInTable(table) + moved * MONTHS_OF_ENTRIES.inTable) / BYTES_PER_GB;
  return [
    { part: requests, priced: isRare ? "rare-table-writes" : "table-writes", units: counted.writeUnits },
    { part: requests, priced: isRare ? "rare-table-reads" : "table-reads", units: counted.readUnits },
    { part: storage, priced: isRare ? "rare-table-storage" : "table-storage", units: gbMonths },
    { part: storage, priced: "table-backup", units: gbMonths },
  ];
}

/** Each file is written once and read back once, and the table is read once. */
function archiveLines({ tableBytes, textBytes, fileBytes }: CountedArchive): Line[] {
  const part = "audit-archive";
  const files = textBytes / PART_CHARACTERS;
  const gb = fileBytes / BYTES_PER_GB;
  return [
    { part, priced: "rare-table-reads", units: tableBytes / BYTES_PER_READ_UNIT },
    { part, priced: "archive-writes", units: files },
    { part, priced: "archive-reads", units: files },
    { part, priced: "archive-retrieval", units: gb },
    { part, priced: "archive-storage", units: gb * MONTHS_OF_ENTRIES.inArchive },
  ];
}

/** With this much memory a function has a whole processor; with less, a share of it. */
const MB_OF_A_PROCESSOR = 1769;

/** Of all invocations together, as Lambda bills them. */
export function durationMs(counted: CountedFunction, assumptions: Assumptions, memoryMb: number): number {
  const { invocations, awsCalls, stripeRequests } = counted;
  const { ownWorkMs, callToAwsMs, requestToStripeMs, coldStartMs, shareOfColdStarts } = assumptions;
  return (
    invocations * (ownWorkMs / Math.min(1, memoryMb / MB_OF_A_PROCESSOR) + shareOfColdStarts * coldStartMs) +
    awsCalls * callToAwsMs +
    stripeRequests * requestToStripeMs
  );
}

function logBytes(
  { invocations, logBytes: own, logLines }: CountedFunction,
  assumptions: Assumptions,
): number {
  const { lambdaLogBytes, lambdaLogLines, logLineOverhead } = assumptions;
  return own + invocations * lambdaLogBytes + (logLines + invocations * lambdaLogLines) * logLineOverhead;
}

/** In dollars, by part; `times`: how often it happens. */
export function dollarsByPart(
  lines: readonly Line[],
  { prices }: PriceTable,
  region: PricedRegion,
  times = 1,
): Record<Part, number> {
  const total = Object.fromEntries(PART_NAMES.map((part) => [part, 0])) as Record<Part, number>;
  for (const { part, priced, units } of lines) {
    const { dollars, per } = prices[priced];
    total[part] += (times * units * dollars[region]) / per;
  }
  return total;
}

/** Without the mails, whose number and price the application chooses. */
export const ownDollars = (byPart: Readonly<Record<Part, number>>) => totalDollars(byPart) - byPart.mails;

export const totalDollars = (byPart: Readonly<Record<Part, number>>) =>
  Object.values(byPart).reduce((total, dollars) => total + dollars, 0);
