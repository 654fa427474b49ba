/** One client: an application with a key of its own, and the payers whom it sends to Stripe. */
import { type Fields, fieldsOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import type { Schedule } from "../world/schedule.ts";
import type { World } from "../world/world.ts";
import { Api } from "./api.ts";
import type { Answer, History, Wish } from "./history.ts";

export const CARDS = {
  good: "4242424242424242",
  refused: "4000000000000002",
  stolen: "4000000000009979",
} as const;

/** What all clients of a world share; the price was made at Stripe before they came. */
export interface Catalogue {
  readonly price: string;
  /** By how much all pauses are shortened, from 0 to 1: the shorter, the more happens at the same time. */
  readonly haste: number;
}

export class Client {
  readonly history: History;
  readonly catalogue: Catalogue;
  readonly schedule: Schedule;
  readonly #world: World;
  readonly #api: Api;
  readonly #name: string;
  #wishes = 0;

  constructor(name: string, world: World, history: History, catalogue: Catalogue) {
    this.#name = name;
    this.#world = world;
    this.history = history;
    this.catalogue = catalogue;
    this.schedule = world.schedule;
    this.#api = new Api(world, history);
  }

  /** A name that no other client uses. */
  unique(what: string): string {
    this.#wishes += 1;
    return `${what}-${this.#name}-${this.#wishes}`;
  }

  wish(capability: string, inputs: Fields, expected?: Wish["expected"]): Wish {
    const wish = { capability, inputs, principal: "shop", key: this.unique("key") };
    return expected === undefined ? wish : { ...wish, expected };
  }

  /** Asks until there is a final answer. */
  askFor(wish: Wish): Promise<Answer> {
    return this.#api.ask(wish);
  }

  ask(capability: string, inputs: Fields, expected?: Wish["expected"]): Promise<Answer> {
    return this.askFor(this.wish(capability, inputs, expected));
  }

  /** Asks once, and does not care about the answer. */
  async tryOnce(wish: Wish): Promise<void> {
    await this.#api.try(wish);
  }

  /** Waits for up to this long, in milliseconds, or shorter in a hasty world. */
  pause(longestMs: number): Promise<void> {
    return this.#api.sleep(Math.round(this.schedule.below(longestMs) * this.catalogue.haste));
  }

  /** Pays at Stripe, as in the browser. */
  async payWith(paymentIntent: string, card: keyof typeof CARDS): Promise<void> {
    const response = await this.#world.emulator.act("pay", { paymentIntent, card: CARDS[card] });
    this.schedule.note(`payer: pays ${paymentIntent} with a ${card} card -> ${response.status}`);
    this.#world.onStripe();
  }

  /** The customer of one of a few persons, whom other clients can know too. */
  async customer(): Promise<{ readonly id: string; readonly email: string } | undefined> {
    const email = `${this.schedule.pick(["ada", "ada", "grace"])}@example.com`;
    this.history.persons.add(email);
    const { body } = await this.ask("stripe-create-customer", { email, name: "Somebody" }, "success");
    const id = textOf(body.customerId);
    return id === undefined ? undefined : { id, email };
  }
}

/** A request to Stripe that does not go through the product. */
export async function atStripe(
  world: World,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<Fields> {
  const response = await world.emulator.request({
    method: "POST",
    path,
    query: "",
    headers: { authorization: "Bearer sk_test_owner", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  return fieldsOf(parseJson(response.body));
}
