/** The charge of a change equals its quote. CHANGES sets how many generated changes are played. */
import { afterAll, describe, it } from "@jest/globals";
import fc from "fast-check";
import * as given from "../../steps/given.ts";
import { stripeShop } from "../../steps/given-a-subscriber.ts";
import { anyCase, playChange } from "../../steps/subscription-changes.ts";

const CHANGES = Number(process.env.CHANGES ?? 60);
/** The emulator forgets everything after so many, so that it stays fast. */
const CHANGES_PER_EMULATOR = 25;

given.capturedLog();
const shop = stripeShop();
const endings = { "charged as quoted": 0, stale: 0 };
afterAll(() => {
  process.stderr.write(
    `${endings["charged as quoted"]} changes charged exactly what was quoted; ${endings.stale} stale quotes changed nothing\n`,
  );
});

describe("given any subscription and any change of it, previewed", () => {
  it(
    "later in the quote's life, the change charges what the quote says, to the unit; a stale quote changes nothing",
    async () => {
      let played = 0;
      await fc.assert(
        fc.asyncProperty(anyCase, async (change) => {
          if (played++ % CHANGES_PER_EMULATOR === 0) await shop.control("POST", "reset");
          endings[await playChange(shop, change)] += 1;
        }),
        { numRuns: CHANGES, endOnFailure: true },
      );
    },
    CHANGES * 2_000,
  );
});
