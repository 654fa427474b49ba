/** What is at Stripe in the end. */
import { type Fields, fieldsOf, listOf, parseJson } from "../../../lib/untrusted.ts";
import type { World } from "../world/world.ts";

export interface StripeObjects {
  readonly paymentIntents: readonly Fields[];
  readonly customers: readonly Fields[];
  readonly refunds: readonly Fields[];
  readonly subscriptions: readonly Fields[];
  readonly charges: readonly Fields[];
  /** What Stripe has counted of the meter, by customer. */
  readonly usage: ReadonlyMap<string, number>;
}

export async function stripeObjects(world: World): Promise<StripeObjects> {
  const customers = await listed(world, "/v1/customers");
  return {
    customers,
    paymentIntents: await listed(world, "/v1/payment_intents"),
    refunds: await listed(world, "/v1/refunds"),
    subscriptions: await listed(world, "/v1/subscriptions", "status=all"),
    charges: await listed(world, "/v1/charges"),
    usage: await usageOf(world, customers),
  };
}

async function listed({ emulator }: World, path: string, more = ""): Promise<Fields[]> {
  const response = await emulator.request({
    method: "GET",
    path,
    query: `limit=100&${more}`,
    headers: { authorization: "Bearer sk_test_checker" },
    body: "",
  });
  return listOf(fieldsOf(parseJson(response.body)).data).map(fieldsOf);
}

const MINUTE = 60;

async function usageOf(world: World, customers: readonly Fields[]): Promise<Map<string, number>> {
  const [meter] = await listed(world, "/v1/billing/meters");
  const end = Math.floor(world.schedule.now / 1000 / MINUTE) * MINUTE;
  const usage = new Map<string, number>();
  for (const { id } of customers) {
    const times = `customer=${id}&start_time=${end - 24 * 60 * MINUTE}&end_time=${end}`;
    const summaries = await listed(world, `/v1/billing/meters/${meter?.id}/event_summaries`, times);
    usage.set(
      String(id),
      summaries.reduce((sum, { aggregated_value: value }) => sum + Number(value), 0),
    );
  }
  return usage;
}
