import { counted, type Detector, evidenceOf } from "../finding.ts";

const HOUR_MS = 60 * 60 * 1000;

/** The reconciler has repaired it; that Stripe could not deliver stays a matter until nothing was missing for an hour. */
export const lostEvents: Detector = {
  looksFor: "events that never arrived",
  detect: async ({ recent, now }) => {
    const runs = recent.filter(({ event }) => event === "reconciler.ran");
    const found = runs.filter(({ count = 0, at }) => count > 0 && at > now.getTime() - HOUR_MS);
    const missing = found.reduce((sum, { count = 0 }) => sum + count, 0);
    if (missing === 0) return [];
    return [
      {
        id: "lost-events",
        title: `${counted(missing, "event")} never arrived at the webhook and had to be fetched`,
        cause:
          "Stripe has them and the webhook never got them: the endpoint at Stripe is disabled or points elsewhere, or the API did not respond. The reconciler has put them into the queues, so nothing is lost.",
        ...evidenceOf(found),
        repairs: [
          {
            does: "See whether the endpoint at Stripe is enabled and where it points",
            command: "npm run stripe -- webhook check",
          },
          {
            does: "Correct the endpoint",
            command: "npm run stripe -- webhook create",
          },
          {
            does: "Show that nothing is missing any more",
            command: "npm run events -- reconcile --since 2h --dry-run",
          },
        ],
      },
    ];
  },
};
