/** The clients of a world. The seed decides who there is, what they want, and when. */
import { textOf } from "../../../lib/untrusted.ts";
import type { World } from "../world/world.ts";
import { atStripe, type Catalogue, Client } from "./client.ts";
import type { History } from "./history.ts";
import { PLANS } from "./plans.ts";

const MOST_CLIENTS = 3;

/** Everything that clients of this world want. Resolves when all have their answers. */
export async function runClients(world: World, history: History): Promise<void> {
  const { schedule } = world;
  const catalogue = await makeCatalogue(world);
  const isCrowd = schedule.chance(0.6);
  const favourite = schedule.pick(PLANS);
  const plans = Array.from({ length: 1 + schedule.below(MOST_CLIENTS) }, () =>
    isCrowd ? favourite : schedule.pick(PLANS),
  );
  await Promise.all(
    plans.map(async (plan, place) => {
      const client = new Client(String(place + 1), world, history, catalogue);
      // Some in the middle of an outage.
      await client.pause(schedule.pick([2_000, 2_000, world.faultsMs / 2]));
      await plan(client);
    }),
  );
}

async function makeCatalogue(world: World): Promise<Catalogue> {
  await atStripe(world, "/v1/billing/meters", {
    display_name: "Calls",
    event_name: "api_calls",
    "default_aggregation[formula]": "sum",
  });
  const price = await atStripe(world, "/v1/prices", {
    currency: "usd",
    unit_amount: "900",
    "recurring[interval]": "month",
    "product_data[name]": "Plan",
  });
  // Nobody is told of what was there before.
  world.emulator.newEvents();
  return { price: textOf(price.id) ?? "", haste: world.schedule.pick([0.01, 0.05, 1]) };
}
