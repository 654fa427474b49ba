/** The applications and payers of a world. The seed decides who there is, what they want, and when. */
import { type Fields, fieldsOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import type { World } from "../world/world.ts";
import { Api } from "./api.ts";
import type { Answer, History, Wish } from "./history.ts";

const GOOD_CARD = "4242424242424242";
const REFUSED_CARD = "4000000000000002";
/** A person must look at it. */
const STOLEN_CARD = "4000000000009979";

export class Clients {
  readonly #world: World;
  readonly #api: Api;
  #wishes = 0;

  constructor(world: World, history: History) {
    this.#world = world;
    this.#api = new Api(world, history);
  }

  /** Everything that clients of this world want. Resolves when all have their answers. */
  async run(): Promise<void> {
    const { schedule } = this.#world;
    const count = 2 + schedule.below(3);
    const plans = Array.from({ length: count }, () => schedule.pick([() => this.#pay()]));
    await Promise.all(
      plans.map(async (plan) => {
        await this.#api.sleep(schedule.below(3_000));
        await plan();
      }),
    );
  }

  #wish(capability: string, inputs: Fields, principal = "shop"): Wish {
    this.#wishes += 1;
    return { capability, inputs, principal, key: `key-${this.#wishes}` };
  }

  #ask(capability: string, inputs: Fields): Promise<Answer> {
    return this.#api.ask(this.#wish(capability, inputs));
  }

  /** Pays at Stripe, as in the browser. */
  async #payWith(paymentIntent: string, card: string): Promise<Fields> {
    const { emulator, schedule } = this.#world;
    const response = await emulator.act("pay", { paymentIntent, card });
    schedule.note(`payer: pays ${paymentIntent} with ${card.slice(-4)} -> ${response.status}`);
    this.#world.onStripe();
    return fieldsOf(parseJson(response.body));
  }

  async #pay(): Promise<void> {
    const { schedule } = this.#world;
    const amount = 100 * (1 + schedule.below(90));
    const inputs = { amount, currency: "usd", metadata: { order: `order-${this.#wishes + 1}` } };
    const { status, body } = await this.#ask("stripe-create-payment-intent", inputs);
    const paymentIntent = textOf(body.paymentIntentId);
    if (status !== 200 || paymentIntent === undefined) return;
    await this.#api.sleep(schedule.below(5_000));
    if (schedule.chance(0.3)) {
      await this.#payWith(paymentIntent, schedule.pick([REFUSED_CARD, STOLEN_CARD]));
      await this.#api.sleep(schedule.below(5_000));
    }
    await this.#payWith(paymentIntent, GOOD_CARD);
  }
}
