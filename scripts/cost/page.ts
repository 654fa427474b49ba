/** docs/cost.md, from counted calls, prices and assumptions. Pure. */
import type { Table } from "../../resources/tables.ts";
import {
  type BillOptions,
  dollarsByPart,
  linesOf,
  ownDollars,
  PART_NAMES,
  PARTS,
  totalDollars,
} from "./bill.ts";
import { type CountedCalls, SCENARIO_NAMES, SCENARIOS, type Scenario } from "./counted.ts";
import { DAYS_PER_MONTH, isPermanent, MONTHS_OF_ENTRIES, monthsInTable } from "./lifetimes.ts";
import type { Limit } from "./limits.ts";
import { type MonthlyLine, monthlyDollars } from "./month.ts";
import { PRICED, type Priced, type PricedRegion, type PriceTable, REGIONS } from "./prices.ts";

export interface CostPage {
  readonly counted: CountedCalls;
  readonly prices: PriceTable;
  readonly options: BillOptions;
  readonly idle: readonly MonthlyLine[];
  readonly busy: readonly MonthlyLine[];
  /** For payments by the workflow. */
  readonly limits: readonly Limit[];
}

const MILLION = 1_000_000;
const HOME: PricedRegion = "us-east-1";
export const PICTURE = "pictures/cost.svg";

export function renderPage(page: CostPage): string {
  const sections = [
    intro(page),
    perMillion(page),
    perMonth(page),
    growth(page),
    cheaper(page),
    freeTier(),
    limits(page.limits),
    counts(page.counted),
    priceTable(page.prices),
  ];
  return `${sections
    .map((lines) => lines.join("\n"))
    .join("\n\n")
    .trimEnd()}\n`;
}

/** In dollars by part, for a million of them. */
export const aMillion = (
  { counted, prices, options }: CostPage,
  scenario: Scenario,
  region: PricedRegion = HOME,
) => dollarsByPart(linesOf(counted[scenario], options), prices, region, MILLION);

const days = (months: number) => `${Math.round(months * DAYS_PER_MONTH)} days`;

const dollars = (amount: number) =>
  amount >= 100 ? amount.toFixed(0) : amount.toFixed(amount >= 10 ? 1 : 2);

function intro(page: CostPage): string[] {
  const { date } = page.prices;
  const { assumptions } = page.options;
  const month = (lines: readonly MonthlyLine[]) => Math.round(monthlyDollars(lines, page.prices, HOME));
  const ours = (scenario: Scenario) => Math.round(ownDollars(aMillion(page, scenario)));
  return [
    "# What it costs",
    "",
    "<!-- Written by `npm run docs`. A test compares it with what that command writes. -->",
    "",
    ...table(
      [`dollars, ${HOME}`, ""],
      [
        ["a million payments by a call", String(ours("payment"))],
        [
          "a million payments by the workflow with a new customer and a mail",
          `${ours("process-payment")}, and ${Math.round(aMillion(page, "process-payment").mails)} for the mails`,
        ],
        ["a million renewals of subscriptions", String(ours("renewal"))],
        ["a million refunds", String(ours("refund"))],
        ["a month in which nobody pays", String(month(page.idle))],
        [
          "a month in which somebody does, in addition to the above",
          String(month([...page.idle, ...page.busy])),
        ],
      ],
    ),
    "",
    "What Stripe charges is a thousand times as much, and is not in these numbers.",
    "",
    `In US dollars, at AWS's prices of ${date}, without taxes, and without the free tier. The calls are`,
    "counted: a test plays each of the things below once, with the real functions and the embedded services, and counts what AWS bills.",
    `How long calls to AWS and Stripe last is assumed (${assumptions.date}, \`scripts/cost/durations.yml\`). What is stored is billed here for as long`,
    "as it is kept; what is kept permanently, for a year. `npm run cost -- --help` calculates a month of yours.",
  ];
}

function perMillion(page: CostPage): string[] {
  const columns = SCENARIO_NAMES.map((scenario) => aMillion(page, scenario));
  const row = (title: string, cells: readonly number[]) => [
    title,
    ...cells.map((cell) => (cell === 0 ? "-" : dollars(cell))),
  ];
  return [
    "## A million of each",
    "",
    `![Cost of a million payments by part](${PICTURE})`,
    "",
    ...table(
      [`${HOME}`, ...SCENARIO_NAMES],
      [
        ...PART_NAMES.filter((part) => part !== "mails").map((part) =>
          row(
            PARTS[part],
            columns.map((column) => column[part]),
          ),
        ),
        row("**ours, in all**", columns.map(ownDollars)),
        row(
          PARTS.mails,
          columns.map(({ mails }) => mails),
        ),
      ],
    ),
    "",
    ...SCENARIO_NAMES.map(
      (scenario) => `- \`${scenario}\`: ${SCENARIOS[scenario]}, with all events that follow at Stripe.`,
    ),
    "",
    ...table(
      ["ours, in all", ...REGIONS],
      SCENARIO_NAMES.map((scenario) => [
        scenario,
        ...REGIONS.map((region) => dollars(ownDollars(aMillion(page, scenario, region)))),
      ]),
    ),
  ];
}

function perMonth(page: CostPage): string[] {
  const { prices, idle, busy } = page;
  const rows = (lines: readonly MonthlyLine[]) =>
    lines.map((line) => [
      line.what,
      ...REGIONS.map((region) => dollars(monthlyDollars([line], prices, region))),
    ]);
  const sum = (title: string, lines: readonly MonthlyLine[]) => [
    title,
    ...REGIONS.map((region) => dollars(monthlyDollars(lines, prices, region))),
  ];
  const month = (payments: number, scenario: Scenario) =>
    dollars(
      monthlyDollars([...idle, ...busy], prices, HOME) +
        (totalDollars(aMillion(page, scenario)) * payments) / MILLION,
    );
  return [
    "## A month",
    "",
    ...table(
      ["nobody pays", ...REGIONS],
      [
        ...rows(idle),
        sum("**in all**", idle),
        ...rows(busy),
        sum("**in all, in a month with calls**", [...idle, ...busy]),
      ],
    ),
    "",
    ...table(
      [`a month with so many payments, ${HOME}`, "by the workflow, with a mail", "by a call"],
      [1_000, 10_000, 100_000, MILLION].map((payments) => [
        payments.toLocaleString("en"),
        month(payments, "process-payment"),
        month(payments, "payment"),
      ]),
    ),
  ];
}

function growth({ counted, prices }: CostPage): string[] {
  const tables = new Map<Table, number[]>();
  SCENARIO_NAMES.forEach((scenario, index) => {
    for (const [name, { storedBytes }] of Object.entries(counted[scenario].tables)) {
      if (storedBytes === 0) continue;
      const bytes = tables.get(name as Table) ?? SCENARIO_NAMES.map(() => 0);
      bytes[index] = storedBytes;
      tables.set(name as Table, bytes);
    }
  });
  /** By a million payments by the workflow. */
  const gbLeft = (table: Table) =>
    ((counted["process-payment"].tables[table]?.storedBytes ?? 0) * MILLION) / 1024 ** 3;
  const { tableBytes, fileBytes } = counted["process-payment"].archived;
  const gbMoved = (tableBytes * MILLION) / 1024 ** 3;
  const gbOfAudit =
    (gbLeft("auditLog") - gbMoved) * monthsInTable("auditLog") + gbMoved * MONTHS_OF_ENTRIES.inTable;
  const gbArchived = ((fileBytes * MILLION) / 1024 ** 3) * MONTHS_OF_ENTRIES.inArchive;
  const backup = prices.prices["table-backup"].dollars[HOME];
  const price = prices.prices["table-storage"].dollars[HOME] + backup;
  const rarePrice = prices.prices["rare-table-storage"].dollars[HOME] + backup;
  return [
    "## What grows",
    "",
    "Bytes that each leaves in the tables, as DynamoDB bills them: with copies in indexes, and 100 bytes for each item.",
    "",
    ...table(
      ["table", ...SCENARIO_NAMES, "kept", "then"],
      [...tables].map(([name, bytes]) => [
        name,
        ...bytes.map((count) => count.toLocaleString("en")),
        isPermanent(name)
          ? "permanently"
          : name === "auditLog"
            ? `links ${days(monthsInTable(name))}, the rest ${days(MONTHS_OF_ENTRIES.inTable)}`
            : days(monthsInTable(name)),
        isPermanent(name) ? "grows with customers and payments" : "as much goes as comes",
      ]),
    ),
    "",
    `A GB costs ${dollars(price)} dollars a month, and ${dollars(rarePrice)} in the audit log (${HOME}, with backups). At a million payments by the`,
    `workflow a month, the audit log holds ${dollars(gbOfAudit)} GB in its table, and ${dollars(gbArchived)} GB in its archive, after its retention, and no more. Customers and objects at Stripe that are`,
    `recorded (StripeObjects) stay: ${dollars(gbLeft("customers") + gbLeft("stripeObjects"))} GB for each million payments with a new customer each.`,
    "Nothing else grows: metrics, alarms and queues cost the same for one customer and for a million.",
  ];
}

function cheaper(page: CostPage): string[] {
  const { "audit-storage": storage, "audit-archive": archive } = aMillion(page, "process-payment");
  const audit = storage + archive;
  const counted = page.counted["process-payment"];
  const { fileBytes, tableBytes } = counted.archived;
  const gbPrice = (...names: readonly Priced[]) =>
    names.reduce((sum, name) => sum + page.prices.prices[name].dollars[HOME], 0);
  const stored = counted.tables.auditLog?.storedBytes ?? 0;
  const aMonth = (bytes: number, price: number) => ((bytes * MILLION) / 1024 ** 3) * price;
  const tablePrice = gbPrice("rare-table-storage", "table-backup");
  const unarchived = aMonth(stored, tablePrice) * monthsInTable("auditLog");
  const hundredDays =
    (aMonth(stored - tableBytes, tablePrice) + aMonth(fileBytes, gbPrice("archive-storage"))) *
    (100 / DAYS_PER_MONTH);
  const mails = aMillion(page, "process-payment").mails;
  return [
    "## How to make it cheaper",
    "",
    ...table(
      ["setting", "effect"],
      [
        [
          "a call instead of the workflow",
          `a payment that your application starts by \`stripe-create-payment-intent\` costs ${dollars(ownDollars(aMillion(page, "payment")))} instead of ${dollars(ownDollars(aMillion(page, "process-payment")))} a million`,
        ],
        [
          "`AUDIT_ARCHIVE=on`, the default",
          `with \`off\`, entries stay in the table for the whole retention: ${dollars(unarchived - audit)} a million payments more`,
        ],
        [
          "`AUDIT_RETENTION_DAYS`",
          `each 100 days more are ${dollars(hundredDays)} a million payments; with 120 days or less, nothing is archived`,
        ],
        [
          "`METRICS=stage`, the default",
          "with `all`, each capability and event type in use costs 0.30 to 1.20 a month",
        ],
        ["no `ALARM_EMAIL`", "saves nothing: alarms are billed whether anybody gets them or not"],
        ["no mail, or your own", `${dollars(mails)} a million`],
        [
          "`npm run stripe -- webhook check`",
          `names event types that the endpoint gets and nobody uses: each event costs about ${dollars(ownDollars(aMillion(page, "renewal")) / sumOf(Object.values(page.counted.renewal.events)))} a million`,
        ],
      ],
    ),
  ];
}

function freeTier(): string[] {
  return [
    "## AWS's free tier",
    "",
    "Permanently free in each account and month: 1 million requests and 400,000 GB-seconds of Lambda, 25 GB of DynamoDB's storage, 1 million",
    "requests to SQS, 1 million notifications, 4,000 states of Step Functions, 5 GB of logs, 10 alarms, 10 metrics, 3 dashboards, and 20,000",
    "requests to KMS. With it, an idle month costs about 3 dollars less than above, and the first ten thousand payments of a month cost almost only",
    "their writes and their mails. The tables above leave it out, because other stacks of the account use it too.",
  ];
}

function limits(all: readonly Limit[]): string[] {
  const [first] = all;
  return [
    "## What stops first",
    "",
    ...(first === undefined
      ? []
      : [
          `The first limit is **${first.name}**: at ${rate(first.perSecond)} payments a second by the workflow.`,
          "Each row is the rate at which one quota is used up, if nothing else is in the way.",
          "",
        ]),
    ...table(
      ["payments a second", "quota", "a payment uses", "where it comes from", "what to ask"],
      all.map(({ name, quota, unit, used, perSecond, source, ask }) => [
        rate(perSecond),
        `${name}: ${quota.toLocaleString("en")} ${unit}`,
        String(Math.round(used * 100) / 100),
        source,
        ask,
      ]),
    ),
  ];
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

const rate = (perSecond: number) =>
  perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString("en");

function counts(counted: CountedCalls): string[] {
  const of = (count: (scenario: Scenario) => number) =>
    SCENARIO_NAMES.map((scenario) => String(count(scenario)));
  const functions = (scenario: Scenario) => Object.values(counted[scenario].functions);
  const tables = (scenario: Scenario) => Object.values(counted[scenario].tables);
  return [
    "## What was counted",
    "",
    ...table(
      ["once", ...SCENARIO_NAMES],
      [
        ["requests to the API", ...of((name) => counted[name].requests)],
        [
          "invocations of Lambda",
          ...of((name) => sumOf(functions(name).map(({ invocations }) => invocations))),
        ],
        [
          "requests to Stripe",
          ...of((name) => sumOf(functions(name).map(({ stripeRequests }) => stripeRequests))),
        ],
        ["events from Stripe", ...of((name) => sumOf(Object.values(counted[name].events)))],
        ["writes", ...of((name) => sumOf(tables(name).map(({ writes }) => writes)))],
        ["write units", ...of((name) => sumOf(tables(name).map(({ writeUnits }) => writeUnits)))],
        ["... of the audit log", ...of((name) => counted[name].tables.auditLog?.writeUnits ?? 0)],
        ["read units", ...of((name) => sumOf(tables(name).map(({ readUnits }) => readUnits)))],
        ["bytes stored", ...of((name) => sumOf(tables(name).map(({ storedBytes }) => storedBytes)))],
        ["requests to queues", ...of((name) => counted[name].queueRequests)],
        ["notifications", ...of((name) => counted[name].notifications)],
        ["mails", ...of((name) => counted[name].mails)],
        ["states of workflows", ...of((name) => counted[name].stateTransitions)],
        [
          "bytes of our own log lines",
          ...of((name) => sumOf(functions(name).map(({ logBytes }) => logBytes))),
        ],
      ],
    ),
    "",
    "Stripe itself can send events that the emulator does not, such as `charge.updated`, for which the endpoint does not ask.",
    "API Gateway asks the authorizer for each request here; on AWS it remembers the response for a minute. Each event comes in a batch of",
    "its own; under load, a batch has up to ten. A payer opens the pay page, pays, and returns to it. The details, by function and table, are",
    "in `scripts/cost/counted-calls.json`.",
  ];
}

function priceTable({ date, prices }: PriceTable): string[] {
  return [
    "## Prices",
    "",
    `As of ${date}, from \`scripts/cost/prices.yml\`, which says how they were found. \`npm run cost -- --prices <file>\` takes yours.`,
    "",
    ...table(
      ["dollars for", ...REGIONS, "source"],
      PRICED.map((name) => [
        prices[name].of,
        ...REGIONS.map((region) => String(prices[name].dollars[region])),
        prices[name].source,
      ]),
    ),
  ];
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)];
}
