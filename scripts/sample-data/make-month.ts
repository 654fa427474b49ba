/** Plays a month of a small SaaS on the running local stack: its customers act, and the clock moves in between. */
import { Client } from "../../client/index.ts";
import { Problem } from "../../lib/errors.ts";
import { fieldOf, textOf } from "../../lib/untrusted.ts";
import { LOCAL_API_KEY, type StackSettings } from "../../local/settings.ts";
import { StackClient } from "../../local/stack-client.ts";
import { urlsOf } from "../../local/stack-process.ts";
import { passDays } from "../demo/product-calls.ts";
import { listAtStripe } from "../demo/stripe-requests.ts";
import { type Person, planOf } from "./plan.ts";
import { plansOf } from "./plans.ts";
import { LAST_DAY, type SmallSaas, TELLERS } from "./stories.ts";

export interface MonthOptions {
  readonly seed: number;
  /** 1 to 200. */
  readonly customers: number;
  /** Called whenever something is done. */
  readonly onProgress?: (progress: MonthProgress) => void;
}

export interface MonthProgress {
  /** 0 to 30. */
  readonly day: number;
  /** Customers whose story is over. */
  readonly told: number;
  readonly customers: number;
}

/** More at a time only wait for each other, and need further threads of the functions that they call. */
const AT_A_TIME = 2;
/** For the largest number of customers on a busy machine. */
const GIVE_UP_AFTER_MS = 10 * 60 * 1000;

/** Throws CONFLICT if the stack has this month already, NOT_IMPLEMENTED if the stack uses Stripe itself, SERVICE_UNAVAILABLE if it does not run, TIMEOUT after ten minutes. */
export async function makeMonth(settings: StackSettings, options: MonthOptions): Promise<MonthProgress> {
  const { seed, customers, onProgress = () => {} } = options;
  const saas = await openSaas(settings);
  const plan = planOf(seed, customers);
  await checkIsNew(settings, seed, plan);
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  const people = plan.map((person) => ({
    story: TELLERS[person.story](saas, person),
    nextDay: 0,
    isOver: false,
  }));
  let day = 0;
  const progress = () => ({ day, told: people.filter(({ isOver }) => isOver).length, customers });
  for (;;) {
    const today = people.filter(({ isOver, nextDay }) => !isOver && nextDay <= day);
    await inTurns(today, async (one) => {
      if (performance.now() > giveUpAt)
        throw new Problem(
          "TIMEOUT",
          `The month was at day ${day} after ten minutes: make it with fewer customers`,
        );
      const { done = false, value } = await one.story.next();
      one.isOver = done;
      one.nextDay = value ?? LAST_DAY;
      onProgress(progress());
    });
    if (day === LAST_DAY && people.every(({ isOver }) => isOver)) return progress();
    const next = Math.min(LAST_DAY, ...people.filter(({ isOver }) => !isOver).map(({ nextDay }) => nextDay));
    if (next > day) await passDays(saas.around, next - day);
    day = next;
    onProgress(progress());
  }
}

async function openSaas(settings: StackSettings): Promise<SmallSaas> {
  if (!settings.embedsStripe)
    throw new Problem(
      "NOT_IMPLEMENTED",
      "A month needs the Stripe emulator, whose clock moves: unset STRIPE_SECRET_KEY",
    );
  const urls = urlsOf(settings);
  await fetch(`${urls.api}/api/health`).catch((cause: unknown) => {
    throw new Problem("SERVICE_UNAVAILABLE", "The local stack does not run. `npm start` starts it", {
      cause,
    });
  });
  return {
    api: new Client({ baseUrl: urls.api, apiKey: LOCAL_API_KEY }),
    around: new StackClient(urls),
    plans: await plansOf(settings.stripeEmulatorUrl),
  };
}

/** The API would find the customers of the first time, who have their subscriptions already. */
async function checkIsNew({ stripeEmulatorUrl }: StackSettings, seed: number, plan: readonly Person[]) {
  const customers = await listAtStripe(stripeEmulatorUrl, "customers");
  const emails = new Set(plan.map(({ email }) => email));
  if (!customers.some((customer) => emails.has(textOf(fieldOf(customer, "email")) ?? ""))) return;
  throw new Problem(
    "CONFLICT",
    `The stack has a month with the seed ${seed} already: choose another one, or reset the stack`,
  );
}

/** A few at a time, in order. Rejects with what the first one rejects with, once the others that have begun are over. */
async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_A_TIME }, worker));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}
