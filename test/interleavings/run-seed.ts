/** Plays one seed: a world with its clients, first with faults, then in peace until everything has settled, and checks the history. */
import { runClients } from "./actors/clients.ts";
import { History } from "./actors/history.ts";
import { intrude } from "./actors/intruder.ts";
import { Webhooks } from "./actors/webhooks.ts";
import { check } from "./checker/check.ts";
import type { Finding } from "./checker/finding.ts";
import type { Code, Show, World } from "./world/world.ts";

const MINUTE = 60_000;
/** While things go wrong, the schedules run this often. */
const EVERY_MS = 5 * MINUTE;
/** And afterwards: the reconciler looks for lost events after five minutes, one hour and two. */
const AFTERWARDS = [7 * MINUTE, 70 * MINUTE, 140 * MINUTE, 210 * MINUTE];
/** How likely a schedule invokes its function twice: it promises once at least. */
const TWICE = 0.2;

export interface SeedResult {
  readonly seed: number;
  /** Of the trace: the same for the same seed. */
  readonly digest: string;
  readonly steps: number;
  readonly findings: readonly Finding[];
}

export async function runSeed(code: Code, seed: number, show?: Show): Promise<SeedResult> {
  const world = code.makeWorld(seed, show);
  const { schedule } = world;
  const history = new History();
  const webhooks = new Webhooks(world, history);
  world.onStripe = () => webhooks.collect();
  let end: string | undefined = "The clients did not end";
  void runClients(world, history).then(
    () => {
      end = undefined;
    },
    (thrown: unknown) => {
      end = String(thrown);
    },
  );
  intrude(world, history);
  const peaceAt = schedule.now + world.faultsMs;
  while (schedule.now + EVERY_MS < peaceAt) {
    await schedule.run(schedule.now + EVERY_MS);
    runSchedules(world, webhooks);
  }
  await schedule.run(peaceAt);
  schedule.note("peace");
  world.calm();
  webhooks.calm();
  for (const after of AFTERWARDS) {
    await schedule.run(peaceAt + after);
    runSchedules(world, webhooks);
  }
  await schedule.run(schedule.now + 60 * MINUTE);
  const unanswered =
    end === undefined ? [] : [{ invariant: "every call gets a final answer" as const, wrong: end }];
  const findings = [...unanswered, ...(await check(world, history, webhooks.events))];
  return { seed, digest: schedule.digest(), steps: schedule.steps, findings };
}

/** If Stripe delivers everything in the end, nothing must depend on the reconciler. */
function runSchedules({ schedule, lambda }: World, { isReliable }: Webhooks): void {
  const time = new Date(schedule.now).toISOString();
  const invoke = (functionName: string, timeoutMs: number) => {
    const copies = schedule.chance(TWICE) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) void lambda.invoke(functionName, { time }, timeoutMs);
  };
  if (!isReliable) invoke("reconcile-events", 840_000);
  invoke("follow-up-failed-payments", 300_000);
}
