/** What is at Stripe in the end. */
import { type Fields, fieldsOf, listOf, parseJson } from "../../../lib/untrusted.ts";
import type { World } from "../world/world.ts";

export interface StripeObjects {
  readonly paymentIntents: readonly Fields[];
  readonly customers: readonly Fields[];
  readonly refunds: readonly Fields[];
  readonly subscriptions: readonly Fields[];
}

export async function stripeObjects(world: World): Promise<StripeObjects> {
  return {
    paymentIntents: await listOfAll(world, "/v1/payment_intents"),
    customers: await listOfAll(world, "/v1/customers"),
    refunds: await listOfAll(world, "/v1/refunds"),
    subscriptions: await listOfAll(world, "/v1/subscriptions", "&status=all"),
  };
}

async function listOfAll({ emulator }: World, path: string, more = ""): Promise<Fields[]> {
  const response = await emulator.request({
    method: "GET",
    path,
    query: `limit=100${more}`,
    headers: { authorization: "Bearer sk_test_checker" },
    body: "",
  });
  return listOf(fieldsOf(parseJson(response.body)).data).map(fieldsOf);
}
