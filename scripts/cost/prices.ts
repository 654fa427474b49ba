/** The table of prices, prices.yml. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { fieldOf, fieldsOf, numberOf } from "../../lib/untrusted.ts";

export const REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2"] as const;
export type PricedRegion = (typeof REGIONS)[number];

export const PRICED = [
  "http-requests",
  "invocations",
  "compute",
  "table-writes",
  "table-reads",
  "table-storage",
  "rare-table-writes",
  "rare-table-reads",
  "rare-table-storage",
  "table-backup",
  "archive-storage",
  "archive-writes",
  "archive-reads",
  "archive-retrieval",
  "queue-requests",
  "notifications",
  "mails",
  "state-transitions",
  "log-ingestion",
  "log-storage",
  "metrics",
  "alarms",
  "dashboards",
  "key-requests",
] as const;
export type Priced = (typeof PRICED)[number];

export interface Price {
  /** What costs that much: "a million requests to Lambda". */
  readonly of: string;
  /** How many units cost that much. */
  readonly per: number;
  readonly source: string;
  /** US dollars. */
  readonly dollars: Readonly<Record<PricedRegion, number>>;
}

export interface PriceTable {
  /** `2026-11-27`: when the prices were like this. */
  readonly date: string;
  readonly prices: Readonly<Record<Priced, Price>>;
}

const FILE = "scripts/cost/prices.yml";

/** Throws an Error that names the field that is missing or wrong. `text`: of another file of the same form. */
export function readPrices(text = readFileSync(FILE, "utf8"), file = FILE): PriceTable {
  const document: unknown = parse(text);
  const date = fieldOf(document, "date");
  if (typeof date !== "string" || !/^\d{4}-\d\d-\d\d$/.test(date)) {
    throw new Error(`${file}: date must be a day such as 2026-11-27`);
  }
  const entries = PRICED.map((name) => [
    name,
    priceOf(fieldOf(document, "prices", name), `${file}: prices.${name}`),
  ]);
  return { date, prices: Object.fromEntries(entries) };
}

function priceOf(declared: unknown, where: string): Price {
  const fields = fieldsOf(declared);
  const { of: what, source } = fields;
  if (typeof what !== "string" || typeof source !== "string") {
    throw new Error(`${where} must have "of" and "source", in words`);
  }
  const amount = (field: string) => {
    const value = numberOf(fields[field]);
    if (value === undefined || value < 0) throw new Error(`${where}.${field} must be a number from 0`);
    return value;
  };
  const dollars = Object.fromEntries(REGIONS.map((region) => [region, amount(region)]));
  return { of: what, per: amount("per"), source, dollars: dollars as Price["dollars"] };
}
