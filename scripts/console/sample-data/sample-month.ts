/** Makes the month of sample data for a person who looks at the console: one at a time, and how far it is. */
import { Problem } from "../../../lib/errors.ts";
import { fieldOf, textOf } from "../../../lib/untrusted.ts";
import { numberIn } from "../../command-line/values.ts";
import { DEFAULT_CUSTOMERS, DEFAULT_SEED, MOST_CUSTOMERS } from "../../sample-data/limits.ts";
import { type MonthProgress, makeMonth } from "../../sample-data/make-month.ts";
import type { ConsoleContext } from "../server/route.ts";
import { localOf } from "../time/stack-control.ts";

let progress: MonthProgress | undefined;

/** How far the month is that is being made; undefined if none is. */
export const sampleProgress = (): MonthProgress | undefined => progress;

/** `input`: `{seed?, customers?}` as texts. Throws CONFLICT while another one is made. */
export async function makeSampleMonth(context: ConsoleContext, input: unknown): Promise<MonthProgress> {
  const local = localOf(context);
  const given = (name: string, byDefault: number) => textOf(fieldOf(input, name)) || String(byDefault);
  const seed = numberIn("seed", given("seed", DEFAULT_SEED), { least: 0, most: 2 ** 32 - 1 });
  const customers = numberIn("customers", given("customers", DEFAULT_CUSTOMERS), {
    least: 1,
    most: MOST_CUSTOMERS,
  });
  if (progress !== undefined) throw new Problem("CONFLICT", "A month is being made: wait until it is over");
  progress = { day: 0, told: 0, customers };
  try {
    return await makeMonth(local, {
      seed,
      customers,
      onProgress: (reached) => {
        progress = reached;
      },
    });
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw new Problem("BAD_GATEWAY", `The month was not completed: ${String(thrown)}`, { cause: thrown });
  } finally {
    progress = undefined;
  }
}
