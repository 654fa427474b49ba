/** Plays incidents on the stack, one after another, and prints what happens. */
import { formatMoney } from "../../lib/money/format-money.ts";
import { scrub } from "../../lib/scrub.ts";
import { waitFor } from "../../local/stack-client.ts";
import { differencesBetween } from "../demo-saas/ledger.ts";
import { differenceLines } from "../demo-saas/ledger-table.ts";
import type { ThreePlaces } from "../demo-saas/three-places.ts";
import { textTable } from "../text-table.ts";
import { type Alarm, firstRinging, reasonOf } from "./evaluate-alarm.ts";
import { type Incident, isProven, type Proof } from "./incident.ts";
import type { Scene } from "./scene.ts";

export interface Result {
  readonly incident: Incident;
  /** Whether the alarm rang, the cause was found, and everything is repaired. */
  readonly alarmed: boolean;
  readonly found: boolean;
  readonly repaired: boolean;
  readonly seconds: number;
}

/** How long something may take that must happen: far longer than it needs, because other programs can use the machine, too. */
const WITHIN_SECONDS = 120;

export interface Stage {
  readonly scene: Scene;
  readonly alarms: readonly Alarm[];
  readonly places: ThreePlaces;
}

/** Plays the incident. Prints where it fails instead of throwing. */
export async function playIncident(stage: Stage, incident: Incident, place: string): Promise<Result> {
  const { scene } = stage;
  const startedAt = Date.now();
  const reached = { alarmed: false, found: false, repaired: false };
  let repair: (() => Promise<unknown>) | undefined;
  console.log(`\n${place}  ${incident.name}: ${incident.title}`);
  try {
    scene.begin();
    const happened = await incident.happen(scene);
    repair = happened.repair;
    scene.tell("happened", happened.what);
    await alarmRings(stage, incident.alarm);
    reached.alarmed = true;
    await scene.query(incident.query, incident.shows);
    await happened.find?.();
    reached.found = true;
    repair = undefined;
    await happened.repair();
    const repairedAt = scene.watch.now;
    await showProofs(scene, await happened.prove());
    await moneyAgrees(stage);
    await alarmIsOver(stage, incident.alarm, repairedAt);
    reached.repaired = true;
  } catch (thrown) {
    scene.tell("NOT", scrub(thrown instanceof Error ? thrown.message : String(thrown)));
    // The incidents that follow must not suffer from this one.
    await repair?.().catch(() => undefined);
  }
  return { incident, ...reached, seconds: (Date.now() - startedAt) / 1000 };
}

async function alarmRings({ scene, alarms }: Stage, id: string): Promise<void> {
  const alarm = alarmOf(alarms, id);
  const since = () => ({ from: scene.beganAt, until: scene.watch.now });
  const ringing = await waitFor(
    `the alarm ${id}`,
    async () => {
      await scene.watch.sample();
      return firstRinging(alarm, scene.watch.points, since());
    },
    WITHIN_SECONDS,
  );
  const others = alarms.filter(
    (other) => other.id !== id && firstRinging(other, scene.watch.points, since()) !== undefined,
  );
  scene.tell(
    "alarm",
    [
      `${id}  ${reasonOf(alarm, ringing)}`,
      alarm.description,
      ...(others.length === 0 ? [] : [`also ${others.map((other) => other.id).join(", ")}`]),
    ].join("\n"),
  );
}

/** Lets a period and more pass: then no data point is left that raises the alarm. */
async function alarmIsOver({ scene, alarms }: Stage, id: string, repairedAt: number): Promise<void> {
  const alarm = alarmOf(alarms, id);
  const periodMs = alarm.periodSeconds * 1000;
  await scene.passTime(2 * alarm.periodSeconds);
  const from = (Math.floor(repairedAt / periodMs) + 1) * periodMs;
  const still = firstRinging(alarm, scene.watch.points, { from, until: scene.watch.now });
  if (still !== undefined) throw new Error(`${id} still rings: ${reasonOf(alarm, still)}`);
  scene.tell("", `${id} is over`);
}

function alarmOf(alarms: readonly Alarm[], id: string): Alarm {
  const alarm = alarms.find((one) => one.id === id);
  if (alarm === undefined) throw new Error(`The template has no alarm ${id}`);
  return alarm;
}

async function showProofs(scene: Scene, proofs: readonly Proof[]): Promise<void> {
  scene.tell(
    "proof",
    proofs
      .map((proof) => `${proof.what}: ${proof.is}${isProven(proof) ? "" : `, and not ${proof.expected}`}`)
      .join("\n"),
  );
  const wrong = proofs.filter((proof) => !isProven(proof));
  if (wrong.length > 0) throw new Error(`${wrong.map(({ what }) => what).join("; ")}: not as expected`);
}

/** Throws unless Stripe, our records and the notifications name the same amounts for each customer. */
async function moneyAgrees({ scene, places }: Stage): Promise<void> {
  let lines: readonly string[] = [];
  const ledger = await waitFor(
    "Stripe, our records and the notifications to agree",
    async () => {
      const read = await places.read();
      const differences = differencesBetween(read.map((one) => one.ledger));
      lines = differenceLines(differences, read, (id) => id);
      return differences.length === 0 ? (read[0]?.ledger ?? []) : undefined;
    },
    WITHIN_SECONDS,
  ).catch((failure: unknown) => {
    throw new Error([failure instanceof Error ? failure.message : "", ...lines].join("\n"));
  });
  const paid = new Map<string, number>();
  for (const { currency, sums } of ledger) paid.set(currency, (paid.get(currency) ?? 0) + sums.paid);
  const amounts = [...paid].map(([currency, amount]) => formatMoney({ amount, currency })).join(", ");
  scene.tell(
    "",
    `Stripe, our records and the notifications agree on every amount (${amounts || "nothing"} paid so far)`,
  );
}

/** The table at the end. */
export function resultTable(results: readonly Result[]): string {
  const yes = (is: boolean) => (is ? "yes" : "NO");
  return textTable([
    ["INCIDENT", "ALARM", "RANG", "FOUND", "REPAIRED", "SECONDS"],
    ...results.map(({ incident, alarmed, found, repaired, seconds }) => [
      incident.name,
      incident.alarm,
      yes(alarmed),
      yes(found),
      yes(repaired),
      seconds.toFixed(1),
    ]),
  ]);
}
