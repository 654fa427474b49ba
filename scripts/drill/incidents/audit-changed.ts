import type { Incident } from "../incident.ts";
import { recordedAsPaid, takePayments } from "../payments.ts";
import { Tables } from "../tables.ts";

export const auditChanged: Incident = {
  name: "audit-changed",
  title: "Somebody has changed an entry of the audit log, to hide who made a payment",
  alarm: "AuditChangedAlarm",
  query: 'filter event = "audit.entry-not-verified" | fields @timestamp, sort | limit 5',
  shows: /#/,
  happen: async (scene) => {
    // Before anything is written: the clock can pass midnight at any moment.
    const today = new Date(scene.watch.now).toISOString().slice(0, 10);
    const intents = await takePayments(scene, 1);
    await recordedAsPaid(scene, intents);
    const [intent = ""] = intents;
    const tables = new Tables(scene);
    const entries = (await tables.items("auditLog")).filter(
      (item) => JSON.stringify(item).includes(intent) && JSON.stringify(item).includes('"local-dev'),
    );
    const [entry] = entries;
    if (entry === undefined) throw new Error("The audit log has no entry of the call");
    const forged = JSON.parse(JSON.stringify(entry).replaceAll('"local-dev', '"somebody-else'));
    await tables.putBack("auditLog", forged);
    const { body } = await scene.client.call("GET", `/api/audit?object=${intent}`);
    return {
      what: `a reader of the audit log gets all entries but ${String(body.unverified)}`,
      find: () => scene.command(`audit verify --since ${today}`, { shows: /NOT as written/, statuses: [1] }),
      repair: async () => {
        await tables.putBack("auditLog", entry);
        tables.close();
        scene.done("The entry is copied from the table as it was an hour ago, restored beside this one");
      },
      prove: async () => {
        await scene.command(`audit verify --since ${today}`, { shows: /nothing is wrong/ }, "proof");
        const read = await scene.client.call("GET", `/api/audit?object=${intent}`);
        return [
          { what: "entries that are not as written", is: Number(read.body.unverified ?? 0), expected: 0 },
        ];
      },
    };
  },
};
