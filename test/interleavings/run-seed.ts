/** Plays one seed: a world with its clients, first with faults, then in peace until everything has settled, and checks the history. */
import { Clients } from "./actors/clients.ts";
import { History } from "./actors/history.ts";
import { Webhooks } from "./actors/webhooks.ts";
import { check, type Finding } from "./checker/check.ts";
import type { Code } from "./world/world.ts";

const MINUTE = 60_000;
/** When peace begins, and what the schedule does after it: the reconciler looks for lost events after five minutes, one hour and two. */
const FAULTS_MS = 3 * MINUTE;
const RECONCILED_AFTER = [7 * MINUTE, 70 * MINUTE, 140 * MINUTE, 210 * MINUTE];

export interface SeedResult {
  readonly seed: number;
  /** Of the trace: the same for the same seed. */
  readonly digest: string;
  readonly steps: number;
  readonly findings: readonly Finding[];
}

export async function runSeed(code: Code, seed: number, line?: (line: string) => void): Promise<SeedResult> {
  const world = code.makeWorld(seed, line);
  const { schedule, lambda } = world;
  const history = new History();
  const webhooks = new Webhooks(world);
  world.onStripe = () => webhooks.collect();
  let failure: unknown;
  let isDone = false;
  void new Clients(world, history).run().then(
    () => {
      isDone = true;
    },
    (thrown: unknown) => {
      failure = thrown;
    },
  );
  const beganAt = schedule.now;
  await schedule.run(beganAt + FAULTS_MS);
  schedule.note("peace");
  world.calm();
  webhooks.calm();
  for (const after of RECONCILED_AFTER) {
    await schedule.run(beganAt + FAULTS_MS + after);
    const time = new Date(schedule.now).toISOString();
    void lambda.invoke("reconcile-events", { time }, 840_000);
  }
  await schedule.run(schedule.now + 60 * MINUTE);
  const broken = failure instanceof Error ? failure.message : isDone ? undefined : "The clients did not end";
  const findings = [
    ...(broken === undefined
      ? []
      : [{ invariant: "every call gets a final answer" as const, wrong: broken }]),
    ...(await check(world, history, webhooks.events)),
  ];
  return { seed, digest: schedule.digest(), steps: schedule.steps, findings };
}
