/** Plays the conversations of one seed: several agents in one world, at the same time, with and without faults. */
import type { Code, Show } from "../interleavings/world/world.ts";
import { Agent } from "./agent.ts";
import { ApiGateway } from "./api-gateway.ts";
import { Approver } from "./approver.ts";
import { check } from "./check.ts";
import { about, type Finding } from "./finding.ts";
import { Ledger } from "./ledger.ts";
import { MOVES, type Scene } from "./moves.ts";

export const FUNCTIONS_OF_AGENTS = "test/hostile-agents/functions.ts";
/** Conversations share a world: they are the same agents' on the same days. */
export const CONVERSATIONS_OF_A_SEED = 10;

const AGENTS = ["agent-ada", "agent-grace", "agent-mary"] as const;
const ROLES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(AGENTS.map((agent) => [agent, ["agent"]])),
  owner: ["approver"],
};
const MINUTE = 60_000;
/** After it, conversations must have ended: each can wait for a day several times. */
const LONGEST_MS = 20 * 24 * 60 * MINUTE;
const MOST_MOVES = 4;

export interface Played {
  readonly seed: number;
  readonly conversations: number;
  /** Calls of tools. */
  readonly calls: number;
  readonly effects: number;
  /** Effects that somebody has approved. */
  readonly approved: number;
  readonly findings: readonly Finding[];
  readonly digest: string;
}

/** `code` must be of FUNCTIONS_OF_AGENTS. */
export async function play(
  code: Code,
  seed: number,
  conversations = CONVERSATIONS_OF_A_SEED,
  show?: Show,
): Promise<Played> {
  const world = code.makeWorld(seed, show);
  const { schedule } = world;
  const ledger = new Ledger();
  const gateway = new ApiGateway(world, (principal) => ROLES[principal] ?? []);
  const approver = new Approver("owner", world, gateway);
  const agents = AGENTS.map((principal) => new Agent(principal, world, gateway, ledger));
  let left = conversations;
  let failure: string | undefined;
  const amounts = new Set<number>();
  for (let conversation = 1; conversation <= conversations; conversation += 1) {
    const agent = schedule.pick(agents);
    let texts = 0;
    const scene: Scene = {
      agent,
      other: schedule.pick(agents.filter((one) => one !== agent)),
      approver,
      unique: (what) => {
        texts += 1;
        return `${what}-${conversation}-${texts}`;
      },
      amount: (from, to) => unused(amounts, from, () => from + schedule.below(to - from)),
    };
    void converse(scene).then(
      () => {
        left -= 1;
      },
      (thrown: unknown) => {
        failure ??= stackOf(thrown);
      },
    );
  }
  try {
    await schedule.run(schedule.now + world.faultsMs);
    world.calm();
    await schedule.run(schedule.now + LONGEST_MS);
  } catch (thrown) {
    failure ??= stackOf(thrown);
  }
  if (left > 0) failure ??= `${left} conversations did not end`;
  // What has happened in a world that did not end can still change, so nothing else is checked.
  const { effects, approved, findings } =
    failure === undefined
      ? await check(world, gateway, ledger)
      : { effects: 0, approved: 0, findings: [about("every conversation ends")(failure)] };
  return {
    seed,
    conversations,
    calls: ledger.calls,
    effects,
    approved,
    findings,
    digest: schedule.digest(),
  };
}

async function converse(scene: Scene): Promise<void> {
  const { schedule } = scene.agent.world;
  for (let moves = 1 + schedule.below(MOST_MOVES); moves > 0; moves -= 1) {
    await scene.agent.sleep(schedule.below(MINUTE));
    await schedule.pick(MOVES)(scene);
  }
}

const stackOf = (thrown: unknown) =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);

/** Amounts of refunds are few: they must differ only for one payment. */
function unused(amounts: Set<number>, from: number, next: () => number): number {
  let amount = next();
  if (from < 100) return amount;
  while (amounts.has(amount)) amount += 1;
  amounts.add(amount);
  return amount;
}
