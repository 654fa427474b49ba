/**
 * The copies of the functions' code that worlds share, one world after the other: loading a copy takes as long as many seeds, and its
 * machine code gets faster with use. A copy that enters a world is as if it had just been loaded.
 */
import { type AwsServices, awsModules } from "../services/aws-clients.ts";
import { type Connection, stripeFor, type stripeSdk } from "../services/stripe.ts";
import type { Copy, Load } from "./code.ts";
import type { Handler } from "./lambda.ts";
import type { Network, Sender } from "./network.ts";
import type { Realm } from "./realm.ts";

export interface Place {
  readonly sender: Sender;
  readonly network: Network;
  readonly services: AwsServices;
  readonly connection: Connection;
}

interface Placed {
  readonly copy: Copy;
  place: Place | undefined;
}

export class Copies {
  readonly #load: Load;
  readonly #sdk: Awaited<ReturnType<typeof stripeSdk>>;
  readonly #all: Placed[] = [];
  #used = 0;

  constructor(load: Load, sdk: Awaited<ReturnType<typeof stripeSdk>>) {
    this.#load = load;
    this.#sdk = sdk;
  }

  /** All copies are free: their world has ended. */
  free(): void {
    this.#used = 0;
    for (const placed of this.#all) placed.place = undefined;
  }

  /** The handlers of a copy that nobody else uses, in this place and realm. */
  take(place: Place, realm: Realm): (functionName: string) => Handler {
    const placed = this.#all[this.#used] ?? this.#another();
    this.#used += 1;
    placed.place = place;
    placed.copy.enter(realm);
    const functions: unknown = placed.copy.exports.FUNCTIONS;
    return (functionName) => {
      const handler: unknown = Object(functions)[functionName];
      if (!isHandler(handler)) throw new Error(`There is no function ${functionName}`);
      return handler;
    };
  }

  #another(): Placed {
    const place = () => {
      if (placed.place === undefined) throw new Error("The code runs outside of every world");
      return placed.place;
    };
    const modules = awsModules(place);
    modules.set("stripe", stripeFor(this.#sdk, place));
    const placed: Placed = { copy: this.#load(modules), place: undefined };
    this.#all.push(placed);
    return placed;
  }
}

const isHandler = (value: unknown): value is Handler => typeof value === "function";
