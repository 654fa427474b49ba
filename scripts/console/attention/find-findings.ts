/** Everything that a person should look at now. */
import { selectQueues } from "../../target.ts";
import type { Entry } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import { explained } from "../server/refused-by-aws.ts";
import type { ConsoleContext } from "../server/route.ts";
import { declinedPayments } from "./detectors/declined-payments.ts";
import { deniedCalls } from "./detectors/denied-calls.ts";
import { driftedRecords } from "./detectors/drifted-records.ts";
import { duplicateSubscriptions } from "./detectors/duplicate-subscriptions.ts";
import { lostEvents } from "./detectors/lost-events.ts";
import { poisonedEvents } from "./detectors/poisoned-events.ts";
import { refusedMails } from "./detectors/refused-mails.ts";
import { stuckRuns } from "./detectors/stuck-runs.ts";
import { tamperedAudit } from "./detectors/tampered-audit.ts";
import { wrongSecret } from "./detectors/wrong-secret.ts";
import type { Detector, Finding, Scene } from "./finding.ts";

/** The most urgent kinds come first. */
const DETECTORS: readonly Detector[] = [
  tamperedAudit,
  wrongSecret,
  poisonedEvents,
  lostEvents,
  refusedMails,
  driftedRecords,
  duplicateSubscriptions,
  stuckRuns,
  declinedPayments,
  deniedCalls,
];

const DAY_MS = 24 * 60 * 60 * 1000;
/** More than a busy hour; older entries than these do not say what is wrong now. */
const MOST_RECENT = 20_000;

export interface Findings {
  readonly findings: readonly Finding[];
  /** Why some kinds of trouble cannot be seen, such as a missing permission. */
  readonly blind: readonly string[];
}

/** Never rejects: a detector that cannot look says so. */
export async function findFindings(context: ConsoleContext): Promise<Findings> {
  const { target, journal } = context;
  const now = await context.now();
  await selectQueues(target).catch(() => undefined);
  const scene: Scene = {
    journal,
    recent: recentOf(journal, now),
    now,
    stage: target.stage,
  };
  const looks = await Promise.allSettled(DETECTORS.map(({ detect }) => detect(scene)));
  const findings: Finding[] = [];
  const blind: string[] = [];
  for (const [index, look] of looks.entries()) {
    if (look.status === "fulfilled") findings.push(...look.value);
    else blind.push(`Cannot look for ${DETECTORS[index]?.looksFor}: ${explained(look.reason).message}`);
  }
  return { findings, blind };
}

function recentOf(journal: Journal, now: Date): readonly Entry[] {
  return journal.page({ from: now.getTime() - DAY_MS, routine: true, limit: MOST_RECENT }).entries;
}
