/** What `npm run affected` prints. Pure. */
import type { TimeRange } from "../logs/log-source.ts";
import { textTable } from "../text-table.ts";
import type { Affected } from "./affected-customers.ts";
import type { Found } from "./find-affected.ts";

const HEADINGS = ["customer", "failures", "codes", "payments", "runs", "others", "last (UTC)", "done later"];
/** More ids are counted; --json has them all. */
const SHOWN_IDS = 2;

export function affectedReport({ customers, unknown, cutOff }: Found, { from, to }: TimeRange): string {
  const range = `from ${from.toISOString()} to ${to.toISOString()}`;
  const parts = [
    ...(customers.length === 0
      ? []
      : [`${counted(customers.length, "customer")} affected ${range}:`, table(customers)]),
    ...(unknown.length === 0 ? [] : ["Failures whose customer the log does not name:", table(unknown)]),
    ...(cutOff.length === 0
      ? []
      : [
          "Invocations that were cut off before they could log whom they were about (npm run audit -- list --result interrupted):",
          cutOff.map(({ functionName, count }) => `${functionName}  ${count}`).join("\n"),
        ]),
  ];
  return parts.length === 0 ? `Nobody was affected ${range}.` : parts.join("\n\n");
}

const table = (all: readonly Affected[]) => textTable([HEADINGS, ...all.map(row)]);

function row(affected: Affected): string[] {
  const { customerId, failures, codes, payments, runs, subscriptions, invoices, events, last } = affected;
  const others = [...subscriptions, ...invoices, ...(payments.length + runs.length === 0 ? events : [])];
  return [
    customerId ?? "-",
    String(failures),
    Object.entries(codes)
      .sort(([, a], [, b]) => b - a)
      .map(([code, count]) => `${code} ${count}`)
      .join(", "),
    shown(payments),
    shown(runs),
    shown(others),
    last.toISOString().slice(0, 19).replace("T", " "),
    affected.isRecovered ? "yes" : "-",
  ];
}

function shown(ids: readonly string[]): string {
  const more = ids.length - SHOWN_IDS;
  return [...ids.slice(0, SHOWN_IDS), ...(more > 0 ? [`+${more}`] : [])].join(" ");
}

const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? " was" : "s were"}`;
