/** The charge of a change equals its quote. CHANGES sets how many generated changes are played, SEED which ones. */
import { afterAll, beforeAll, describe, it, jest } from "@jest/globals";
import fc from "fast-check";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { stripeShop } from "../../steps/given-a-subscriber.ts";
import { movableClock } from "../../steps/movable-clock.ts";
import { anyCase, kindsOf, playChange } from "../../steps/subscription-changes.ts";

const CHANGES = Number(process.env.CHANGES ?? tries({ sample: 20, whole: 500 }));
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

given.capturedLog();
const shop = stripeShop();
const endings = { "charged as quoted": 0, stale: 0 };
const kinds = new Map<string, number>();
beforeAll(() => {
  movableClock();
});
afterAll(() => {
  jest.useRealTimers();
  const counts = [...kinds].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
  process.stderr.write(
    `${endings["charged as quoted"]} changes charged exactly what was quoted; ${endings.stale} stale quotes changed nothing (SEED=${SEED}: ${counts.join(", ")})\n`,
  );
});

describe("given any subscription and any change of it, previewed", () => {
  it(
    "later in the quote's life, the change charges what the quote says, to the unit; a stale quote changes nothing",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyCase, async (change) => {
          endings[await playChange(shop, change)] += 1;
          for (const kind of kindsOf(change)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        }),
        { numRuns: CHANGES, seed: SEED, endOnFailure: true },
      );
    },
    CHANGES * 2_000,
  );
});
