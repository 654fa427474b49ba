/**
 * `npm run events -- complete`: records everything of the customers at Stripe that are not complete in our table, so that their state
 * is read from there. Safe to repeat: it skips the customers that are complete.
 */
import { getItems } from "../../lib/aws/dynamodb.ts";
import { completeCustomer } from "../../lib/customers/recorded-customer.ts";
import { env } from "../../lib/env.ts";
import { idOf, listed } from "../../lib/stripe/stripe-fields.ts";
import { fieldOf } from "../../lib/untrusted.ts";
import { showProgress } from "../progress-line.ts";
import { counted } from "./shown.ts";
import { readNow } from "./stripe-events.ts";

/** Stripe's limit of one page. */
const PAGE = 100;

export async function completeCustomers(): Promise<void> {
  let found = 0;
  let completed = 0;
  for await (const ids of customerPages()) {
    found += ids.length;
    for (const id of await incomplete(ids)) {
      if (await completeCustomer(id, readNow, new Date())) completed += 1;
      showProgress(`${counted(found, "customer")} found, ${completed} completed ...`);
    }
  }
  showProgress("");
  console.log(
    `${counted(found, "customer")} at Stripe: ${completed} completed, ${found - completed} complete already.`,
  );
}

async function incomplete(customerIds: readonly string[]): Promise<readonly string[]> {
  const items = await getItems(
    env("STRIPE_OBJECTS_TABLE"),
    customerIds.map((objectId) => ({ objectId })),
  );
  const complete = new Set(
    items.filter(({ stateOf }) => stateOf !== undefined).map(({ objectId }) => objectId),
  );
  return customerIds.filter((id) => !complete.has(id));
}

async function* customerPages(): AsyncGenerator<readonly string[]> {
  for (let last: string | undefined; ; ) {
    const page = await readNow("/v1/customers", {
      limit: PAGE,
      ...(last === undefined ? {} : { starting_after: last }),
    });
    const ids = listed(page).flatMap((customer) => idOf(customer) ?? []);
    yield ids;
    last = ids.at(-1);
    if (last === undefined || fieldOf(page, "has_more") !== true) return;
  }
}
