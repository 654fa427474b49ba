/** One simulated world: the product's functions on simulated services, and everybody who calls them. */

import { AsyncLocalStorage } from "node:async_hooks";
import { AWS_PACKAGES, type AwsServices } from "../services/aws-clients.ts";
import { SimulatedDynamoDB } from "../services/dynamodb/dynamodb.ts";
import { Mailbox } from "../services/mailbox.ts";
import { SimulatedQueues } from "../services/queues.ts";
import { type Connection, type Emulator, type EmulatorModule, stripeSdk } from "../services/stripe.ts";
import { Topic } from "../services/topic.ts";
import { bundled, type Copy, type Edit } from "./code.ts";
import { Copies } from "./copies.ts";
import { ENVIRONMENT } from "./environment-variables.ts";
import { Faults } from "./faults.ts";
import { type Environment, Lambda } from "./lambda.ts";
import { Network } from "./network.ts";
import type { Fetch, Realm } from "./realm.ts";
import { Schedule } from "./schedule.ts";

/** 2026-11-27T10:00:00Z. */
const BEGINNING = Date.UTC(2026, 10, 27, 10);
const MINUTE = 60_000;
/** How old the view of an index can be, in milliseconds. */
const LONGEST_LAG_MS = 3_000;

/** Who watches a world. */
export interface Show {
  readonly line: (line: string) => void;
  /** Whether the lines that the functions log are shown, too. */
  readonly isLogShown: boolean;
}

/** The code of all worlds: bundled once, loaded by each world. */
export interface Code {
  readonly makeWorld: (seed: number, show?: Show) => World;
}

export interface World extends AwsServices {
  readonly seed: number;
  readonly schedule: Schedule;
  readonly faults: Faults;
  /** How long things go wrong, in milliseconds. */
  readonly faultsMs: number;
  readonly lambda: Lambda;
  readonly network: Network;
  readonly emulator: Emulator;
  /** Called after each request that has reached Stripe, and after each action there. */
  onStripe: () => void;
  /** What a function gets that sends a request over HTTP. Rejects until somebody takes such requests. */
  onFetch: (sender: Environment, ...request: Parameters<Fetch>) => ReturnType<Fetch>;
  /** What the functions have logged. */
  readonly log: string[];
  /** Nothing fails, lags or comes twice from now on. */
  calm(): void;
}

const refuseFetch = () => Promise.reject(new Error("Nothing in this world responds to HTTP requests"));

/** `edits` change the product's code before it is bundled. `entry` exports its FUNCTIONS. */
export async function loadCode(
  edits: readonly Edit[] = [],
  entry = "test/interleavings/world/lambda-functions.ts",
): Promise<Code> {
  let current: World | undefined;
  const world = (): World => {
    if (current === undefined) throw new Error("No world runs");
    return current;
  };
  const [functions, emulator, sdk] = await Promise.all([
    bundled(entry, [...AWS_PACKAGES, "stripe"], edits),
    bundled("stripe-emulator/in-process/in-process.ts", ["stripe"]),
    stripeSdk({
      now: () => world().schedule.now,
      timer: (ms, run) => world().schedule.timer(ms, run),
      random: () => world().schedule.random(),
      env: {},
      write: () => undefined,
      fetch: refuseFetch,
    }),
  ]);
  const copies = new Copies(functions, sdk);
  const stripe = emulator(new Map());
  return {
    makeWorld: (seed, show) => {
      copies.free();
      current = worldOf(seed, show, copies, stripe);
      return current;
    },
  };
}

function worldOf(seed: number, show: Show | undefined, copies: Copies, stripe: Copy): World {
  const schedule = new Schedule(seed, BEGINNING, show?.line);
  const faultsMs = schedule.pick([2, 2, 4, 14]) * MINUTE;
  const faults = new Faults(schedule, faultsMs);
  const network = new Network(schedule, faults);
  const longestLagMs = schedule.pick([0, LONGEST_LAG_MS]);
  let isCalm = false;
  const lagMs = () => (isCalm || longestLagMs === 0 ? 0 : schedule.below(longestLagMs));
  const log: string[] = [];
  const now = () => schedule.now;
  const realmOf = (clock: () => number, owner?: Environment): Realm => ({
    now: clock,
    timer: (ms, run) => schedule.timer(ms, AsyncLocalStorage.bind(run), owner),
    random: schedule.random,
    env: ENVIRONMENT,
    write: (text) => {
      log.push(text);
      if (show?.isLogShown) show.line(`    log ${text.trim()}`);
    },
    fetch: (url, init) => (owner === undefined ? refuseFetch() : world.onFetch(owner, url, init)),
  });
  stripe.enter(realmOf(now));
  const emulator = emulatorFrom(stripe.exports, now);
  const connection: Connection = {
    request: async (request) => {
      const response = await emulator.request(request);
      world.onStripe();
      return response;
    },
  };
  const lambda = new Lambda(schedule, (environment) =>
    copies.take(
      { sender: environment, network, services: world, connection },
      realmOf(environment.now, environment),
    ),
  );
  const world: World = {
    seed,
    schedule,
    faults,
    faultsMs,
    lambda,
    network,
    emulator,
    log,
    onStripe: () => undefined,
    onFetch: refuseFetch,
    dynamodb: new SimulatedDynamoDB(now, lagMs),
    queues: new SimulatedQueues(schedule, () => lambda),
    topic: new Topic(now),
    mailbox: new Mailbox(now),
    calm: () => {
      isCalm = true;
      faults.end();
      world.queues.calm();
    },
  };
  return world;
}

function emulatorFrom({ emulatorInProcess }: Readonly<Record<string, unknown>>, now: () => number): Emulator {
  if (!isEmulatorMaker(emulatorInProcess)) throw new Error("The bundle of the emulator has another entry");
  return emulatorInProcess({ now: () => now() / 1000 });
}

const isEmulatorMaker = (value: unknown): value is EmulatorModule["emulatorInProcess"] =>
  typeof value === "function";
