/** The ledgers of several places as one table, and their differences as sentences. Pure. */
import { formatMoney } from "../../lib/money/format-money.ts";
import { COLUMNS, type Difference, keptOf, type LedgerRow, totalsOf } from "./ledger.ts";

export interface Place {
  /** Such as `Stripe`, or `our records`. */
  readonly name: string;
  readonly ledger: readonly LedgerRow[];
}

/** The rows of the first place, with `nameOf` its customers, and the totals of every place. */
export function ledgerTable(places: readonly Place[], nameOf: (customerId: string) => string): string {
  const [first] = places;
  const header = ["customer", ...COLUMNS, "kept"];
  const customers = (first?.ledger ?? []).map((row) => cellsOf(nameOf(row.customerId), row));
  const totals = places.map(({ name, ledger }) =>
    totalsOf(ledger).map((row) => cellsOf(`total: ${name}`, row)),
  );
  const rows = [header, ...customers.sort(), ...totals.flat()];
  const widths = header.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  const rule = "-".repeat(lines[0]?.length ?? 0);
  return [
    lines[0],
    rule,
    ...lines.slice(1, 1 + customers.length),
    rule,
    ...lines.slice(1 + customers.length),
  ].join("\n");
}

/** A line for each difference: `ada@example.com, paid: $68.00 at Stripe, $49.00 in our records`. */
export function differenceLines(
  differences: readonly Difference[],
  places: readonly Pick<Place, "name">[],
  nameOf: (customerId: string) => string,
): readonly string[] {
  return differences.map(({ customerId, currency, column, amounts }) => {
    const said = places.map(({ name }, index) => `${money(amounts[index] ?? 0, currency)} in ${name}`);
    return `${nameOf(customerId)}, ${column}: ${said.join(", ")}`;
  });
}

function cellsOf(name: string, { currency, sums }: LedgerRow): readonly string[] {
  return [name, ...COLUMNS.map((column) => money(sums[column], currency)), money(keptOf(sums), currency)];
}

const money = (amount: number, currency: string) => formatMoney({ amount, currency });
