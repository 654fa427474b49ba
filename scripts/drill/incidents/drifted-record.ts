import type { Incident } from "../incident.ts";
import { recordedAsPaid, takePayments } from "../payments.ts";
import { Tables } from "../tables.ts";

/** A walk through all records begins a day after the last one, and a difference counts when the next run finds it again. */
const AN_HOUR = 3600;
const AT_MOST_HOURS = 60;

export const driftedRecord: Incident = {
  name: "drifted-record",
  title: "Somebody has changed the record of a payment in the console of DynamoDB",
  alarm: "DriftFoundAlarm",
  query: 'filter event = "drift.found" | fields objectId, objectType, recordedStatus, stripeStatus | limit 5',
  shows: /payment_intent +requires_payment_method +succeeded/,
  happen: async (scene) => {
    const intents = await takePayments(scene, 1);
    await recordedAsPaid(scene, intents);
    const [objectId = ""] = intents;
    const tables = new Tables(scene);
    const record = await tables.get("stripeObjects", { objectId });
    await tables.put("stripeObjects", { ...record, status: "requires_payment_method" });
    tables.close();
    await scene.passTimeUntil("drift.found", AN_HOUR, AT_MOST_HOURS);
    return {
      what: "a payment that is paid is recorded as not paid",
      find: () => scene.command("events drift", { shows: new RegExp(objectId), statuses: [1] }),
      repair: () => scene.command("events drift --fix", { shows: /1 fixed/ }, "repaired"),
      prove: async () => {
        await scene.command("events drift", { shows: /0 differ/ }, "proof");
        return [await recordedAsPaid(scene, intents)];
      },
    };
  },
};
