/** The log of a deployed stage, in a fake of CloudWatch Logs. */
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { LogLine } from "../../../local/logs/query.ts";
import {
  type CloudWatchOptions,
  followCloudWatch,
} from "../../../scripts/console/journal/follow-cloudwatch.ts";
import { Journal } from "../../../scripts/console/journal/journal.ts";
import { cloudWatchLog } from "../../../scripts/logs/cloudwatch-logs.ts";
import { type CloudWatchLogs, cloudWatchLogs } from "../../steps/cloudwatch-logs.ts";

const PREFIX = "contractspec-stripe-prod-";
const GROUP = `/aws/lambda/${PREFIX}stripe-create-customer`;
const NEVER_MS = 600_000;

describe("given a deployed stage", () => {
  let logs: CloudWatchLogs;
  let lines: LogLine[];
  let journal: Journal;
  const stops: (() => void)[] = [];
  beforeEach(async () => {
    lines = [];
    journal = new Journal();
    logs = await cloudWatchLogs(() => lines);
    Object.assign(process.env, { AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url, AWS_REGION: "us-east-1" });
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) stop();
    await logs.close();
  });

  const write = (ageMs: number, fields: object | string) =>
    lines.push({
      timestamp: Date.now() - ageMs,
      log: GROUP,
      message: typeof fields === "string" ? fields : JSON.stringify(fields),
    });
  const follow = (options: Partial<CloudWatchOptions> = {}) => {
    const open = () => cloudWatchLog([GROUP], `/aws/lambda/${PREFIX}`);
    const since = new Date(Date.now() - 3_600_000);
    const following = followCloudWatch(
      { open, prefix: PREFIX, since, everyMs: NEVER_MS, ...options },
      journal,
    );
    stops.push(following.stop);
    return following;
  };
  const titles = () => journal.page({ limit: 100 }).entries.map(({ kind, title }) => `${kind}: ${title}`);

  it("the last hour is read, then what is new, each line once, also if CloudWatch shows it late", async () => {
    write(7_200_000, { event: "capability.invoked", capabilityId: "too-old" });
    write(1_800_000, { event: "capability.invoked", capabilityId: "half-an-hour-ago" });
    const following = follow();
    await following.caughtUp();
    write(5_000, { event: "capability.invoked", capabilityId: "five-seconds-ago" });
    await following.caughtUp();
    await following.caughtUp();
    expect(titles()).toEqual(["call: five-seconds-ago", "call: half-an-hour-ago"]);
    const [entry] = journal.page({ limit: 1 }).entries;
    expect(entry?.functionName).toBe("stripe-create-customer");
    const [first, ...later] = logs.queries;
    expect((first?.endTime ?? 0) - (first?.startTime ?? 0)).toBeGreaterThan(3_590);
    for (const { startTime, endTime } of later) expect(endTime - startTime).toBeLessThan(70);
  });

  it("the request to Stripe that a line names is an entry of its own, and shares its ids", async () => {
    write(1_000, {
      event: "capability.invoked",
      capabilityId: "stripe-create-payment-intent",
      stripeRequestId: "req_1",
      paymentId: "pi_1",
      outcome: "succeeded",
    });
    await follow().caughtUp();
    expect(journal.page({ limit: 9, kinds: ["stripe"], id: "pi_1" }).entries).toMatchObject([
      { id: "stripe:req_1", title: "Request of stripe-create-payment-intent", ids: ["req_1", "pi_1"] },
    ]);
  });

  it("an invocation that Lambda has cut off shows, and its other reports do not", async () => {
    write(2_000, "REPORT RequestId: 1 Duration: 2.00 ms");
    write(
      1_000,
      "2026-11-27T08:30:15Z 79f1a0b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b Task timed out after 15.00 seconds",
    );
    await follow().caughtUp();
    expect(journal.page({ limit: 9 }).entries).toMatchObject([
      {
        outcome: "failed",
        title: "stripe-create-customer was cut off",
        detail: "Task timed out after 15.00 seconds",
        ids: ["79f1a0b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b"],
      },
    ]);
  });

  it("a log that cannot be read says so, and is read once it can", async () => {
    const following = follow();
    await following.caughtUp();
    expect(journal.trouble).toMatch(/no log group of this stage/);
    expect(journal.isReading).toBe(false);
    write(1_000, { event: "capability.invoked", capabilityId: "first" });
    await following.caughtUp();
    expect([journal.trouble, titles()]).toEqual([undefined, ["call: first"]]);
  });
});
