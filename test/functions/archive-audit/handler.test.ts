import { beforeEach, describe, expect, it } from "@jest/globals";
import { handler } from "../../../functions/archive-audit/handler.ts";
import { dayOf } from "../../../lib/audit/stored-entry.ts";
import { deleteItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { listKeys } from "../../../lib/aws/s3.ts";
import { holdTask } from "../../../lib/reconcile/progress.ts";
import { itemsOf, writeLog } from "../../lib/audit/written-log.ts";
import * as given from "../../steps/given.ts";

given.localAws();
const log = given.capturedLog();
const task = "archive-audit";
beforeEach(() => deleteItem("RepairProgressTable", { task }, {}));

const DAY_MS = 24 * 60 * 60 * 1000;
const daysAgo = (days: number) => Date.parse(dayOf(new Date(Date.now() - days * DAY_MS)));
const run = () => handler({}, given.lambdaContext(60_000));
const lines = () => log.lines().filter(({ event }) => event === "audit.archived");

describe("given days of the log that are due", () => {
  it("a run archives them and reports that none is left; the next run has nothing to do", async () => {
    const day = daysAgo(95);
    await writeLog(day, [{ begin: 2, record: 1, ends: [] }]);
    const { entries, heads } = await itemsOf(day);
    await putItem("RepairProgressTable", { task, progress: { until: dayOf(new Date(day - DAY_MS)) } });
    await run();
    expect(lines().at(-1)).toMatchObject({
      outcome: "succeeded",
      days: 5,
      items: entries.length + heads.length,
      waiting: 0,
      AuditDaysNotArchived: 0,
    });
    expect(await listKeys("audit-archive", "days/")).toContain(`days/${dayOf(new Date(day))}.json`);
    await run();
    expect(lines().at(-1)).toMatchObject({ days: 0, waiting: 0 });
  });

  it("a run that fails says so, and reports how many days are waiting", async () => {
    await putItem("RepairProgressTable", { task, progress: { until: dayOf(new Date(daysAgo(94))) } });
    const bucket = process.env.AUDIT_ARCHIVE_BUCKET;
    process.env.AUDIT_ARCHIVE_BUCKET = "no-such-bucket";
    try {
      await expect(run()).rejects.toThrow("SERVICE_UNAVAILABLE");
    } finally {
      process.env.AUDIT_ARCHIVE_BUCKET = bucket;
    }
    expect(lines().at(-1)).toMatchObject({ outcome: "failed", days: 0, waiting: 3, AuditDaysNotArchived: 3 });
  });

  it("a run does nothing while another one works", async () => {
    const other = await holdTask(task, { deadline: Date.now() + 60_000, now: () => new Date() });
    await run();
    expect(lines().at(-1)).toMatchObject({ outcome: "succeeded", skipped: true });
    await other?.release();
  });
});
