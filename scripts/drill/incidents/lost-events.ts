import type { Incident } from "../incident.ts";
import { disableWebhook, recordedAsPaid, takePayments } from "../payments.ts";

const AN_HOUR = 3600;

export const lostEvents: Incident = {
  name: "lost-events",
  title: "The webhook endpoint at Stripe is switched off for an hour: Stripe sends nothing, and says nothing",
  alarm: "ReconcilerFindsAlarm",
  query: 'filter event = "reconciler.ran" and missing > 0 | fields @timestamp, listed, missing, enqueued',
  shows: /Z {2}\d/,
  happen: async (scene) => {
    await disableWebhook(scene);
    const intents = await takePayments(scene, 3);
    await scene.passTime(AN_HOUR);
    return {
      what: `${intents.length} payments were paid, and none of their events arrived`,
      find: () => scene.command("stripe webhook check", { shows: /is disabled/, statuses: [1] }),
      repair: async () => {
        await scene.command("stripe webhook create", { shows: /Fixed/ }, "repaired");
        intents.push(...(await takePayments(scene, 1)));
      },
      prove: async () => {
        const proof = await recordedAsPaid(scene, intents);
        await scene.passTime(120);
        await scene.command("events reconcile --since 2h --dry-run", { shows: /: 0 missing/ }, "proof");
        return [proof];
      },
    };
  },
};
