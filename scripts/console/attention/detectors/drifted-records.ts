import { getItems } from "../../../../lib/aws/dynamodb.ts";
import { env } from "../../../../lib/env.ts";
import { findDrift } from "../../../../lib/reconcile/drift.ts";
import { readNow } from "../../../events/stripe-events.ts";
import type { Entry } from "../../journal/entry.ts";
import { counted, type Detector, evidenceOf } from "../finding.ts";

/** More records in a day are looked at from the newest on. */
const MOST = 50;

/** Over as soon as a check finds nothing, or on the local stack, as soon as the record is as at Stripe. */
export const driftedRecords: Detector = {
  looksFor: "records that differ from Stripe",
  detect: async ({ recent, stage }) => {
    const lastClean = recent.find(({ event, count }) => event === "drift.checked" && count === 0)?.at ?? 0;
    const reported = recent.filter(({ event, at }) => event === "drift.found" && at > lastClean);
    const found = stage === undefined ? await thatStillDiffer(reported) : reported;
    if (found.length === 0) return [];
    return [
      {
        id: "drifted-records",
        title:
          found.length === 1
            ? "A record differs from what Stripe has"
            : `${counted(found.length, "record")} differ from what Stripe has`,
        cause:
          "The table StripeObjects says something else than Stripe. Nothing here does that by itself: the item was changed by hand or restored from a backup, or an event was applied by an older release.",
        ...evidenceOf(found),
        repairs: [
          { does: "List the differences", command: "npm run events -- drift" },
          { does: "Write what Stripe has", command: "npm run events -- drift --fix" },
        ],
      },
    ];
  },
};

async function thatStillDiffer(reported: readonly Entry[]): Promise<readonly Entry[]> {
  const ids = new Set(reported.flatMap((entry) => entry.ids.filter((id) => /^[a-z]+_/.test(id))));
  const items = await getItems(
    env("STRIPE_OBJECTS_TABLE"),
    [...ids].slice(0, MOST).map((objectId) => ({ objectId })),
  );
  const drifts = await findDrift(items, readNow);
  return reported.filter(({ ids: all }) => drifts.some(({ objectId }) => all.includes(objectId)));
}
