/**
 * `npm run demo:saas`: three months of a company on the local stack, whose clock is moved, and a table that accounts for every
 * cent. Exit statuses as `npm run demo`; 1 also if Stripe, our records and the notifications differ.
 */
import { formatMoney } from "../lib/money/format-money.ts";
import { StackClient, waitFor } from "../local/stack-client.ts";
import { runMain } from "./command-line/run-command.ts";
import { playDemo } from "./demo/play-demo.ts";
import { apiOf, emulatorOf } from "./demo/product-calls.ts";
import { demoSaasCommand } from "./demo-saas/command.ts";
import { type Company, createCatalogue } from "./demo-saas/company.ts";
import { firstMonth } from "./demo-saas/first-month.ts";
import { secondMonth, thirdMonth } from "./demo-saas/later-months.ts";
import { cashDifferences, differencesBetween } from "./demo-saas/ledger.ts";
import { differenceLines, ledgerTable, type Place } from "./demo-saas/ledger-table.ts";
import { type ThreePlaces, threePlaces } from "./demo-saas/three-places.ts";
import type { Timeline } from "./timeline.ts";

/** How long the last notifications may take to arrive. */
const EQUAL_WITHIN_SECONDS = 30;

const runDemo = () =>
  playDemo("three months of a company, and every cent of them", async (stack, timeline) => {
    const stripe = emulatorOf(stack);
    const places = await timeline.step("SNS, SQS", "an application subscribes to the notifications", () =>
      threePlaces(stack),
    );
    try {
      const catalogue = await timeline.step(
        "Stripe",
        "two plans, Basic and Pro, and an API by the call",
        () => createCatalogue(stripe),
      );
      const company: Company = {
        api: apiOf(stack),
        around: new StackClient(stack.urls),
        ...{ stripe, timeline, catalogue },
        names: new Map(),
      };
      const customers = await firstMonth(company);
      await secondMonth(company, customers);
      await thirdMonth(company, customers);
      await account(places, timeline, company.names);
    } finally {
      places.close();
    }
  });

/** Prints the table. Throws if the places differ, or if the money at Stripe is not what is left of the payments. */
async function account(
  places: ThreePlaces,
  timeline: Timeline,
  names: ReadonlyMap<string, string>,
): Promise<void> {
  timeline.chapter("Every cent");
  const nameOf = (customerId: string) => names.get(customerId) ?? customerId;
  let read: readonly Place[] = [];
  try {
    await timeline.step("Stripe, DynamoDB, SNS", "the three places say the same", () =>
      waitFor(
        "the three places to say the same",
        async () => {
          read = await places.read();
          return differencesBetween(read.map(({ ledger }) => ledger)).length === 0 || undefined;
        },
        EQUAL_WITHIN_SECONDS,
      ),
    );
  } finally {
    const differences = differencesBetween(read.map(({ ledger }) => ledger));
    for (const line of differenceLines(differences, read, nameOf)) console.log(`      ${line}`);
    console.log(`\n${ledgerTable(read, nameOf)}\n`);
  }
  await timeline.step("Stripe", "the money in the account is what was kept", async () => {
    const ledger = read[0]?.ledger ?? [];
    for (const { currency, held, kept } of cashDifferences(await places.cash(), ledger)) {
      const [there, here] = [
        formatMoney({ amount: held, currency }),
        formatMoney({ amount: kept, currency }),
      ];
      throw new Error(`The account has ${there}; what was kept is ${here}`);
    }
  });
}

await runMain(demoSaasCommand, runDemo);
