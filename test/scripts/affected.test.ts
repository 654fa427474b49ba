/** What operators find in the log, over lines that the handlers have written. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { fieldsOf } from "../../lib/untrusted.ts";
import { logFileOf, openLogFile } from "../../local/logs/log-file.ts";
import { type LogLine, readQuery } from "../../local/logs/query.ts";
import { LOG_QUERIES, LOG_QUERY_NAMES } from "../../resources/log-queries.ts";
import { affectedCommand } from "../../scripts/affected/command.ts";
import { runAffected } from "../../scripts/affected/run.ts";
import { cloudWatchLog } from "../../scripts/logs/cloudwatch-logs.ts";
import { type CloudWatchLogs, cloudWatchLogs } from "../steps/cloudwatch-logs.ts";
import { askedFor, runHere } from "../steps/commands.ts";
import { type Everything, everyHandler } from "../steps/every-handler.ts";
import * as given from "../steps/given.ts";
import { type TroubledDay, troubledDay } from "../steps/troubled-day.ts";

const PORT = 39_117;
const captured = given.capturedLog();
let everything: Everything;
let day: TroubledDay;
let logs: CloudWatchLogs;
let lines: LogLine[];
const file = openLogFile(logFileOf(process.cwd(), PORT), false);

/** The function that would have written the line. */
function functionOf({ event, eventType, capabilityId }: Readonly<Record<string, unknown>>): string {
  if (event === "capability.invoked") return String(capabilityId);
  if (event === "webhook.rejected") return "stripe-webhook";
  if (event === "workflow.started") return "start-workflow-run";
  if (event === "workflow.recorded") return "record-workflow-run";
  return eventType === "Bounce" ? "on-mail-event" : "on-payment-intent-event";
}

beforeAll(async () => {
  everything = await everyHandler();
  day = await troubledDay(everything);
  for (const line of captured.lines())
    file.write(`contractspec-stripe-dev-${functionOf(line)}`, JSON.stringify(line));
  file.write(
    "contractspec-stripe-dev-send-email",
    "2026-11-27T08:30:15Z 1 Task timed out after 15.00 seconds",
  );
  file.write("contractspec-stripe-dev-send-email", "REPORT RequestId: 1 Duration: 2.00 ms");
  lines = readFileSync(logFileOf(process.cwd(), PORT), "utf8")
    .split("\n")
    .flatMap((text) => (text === "" ? [] : [JSON.parse(text)]));
  logs = await cloudWatchLogs(() => lines);
  Object.assign(process.env, { PORT: String(PORT), AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url });
});
afterAll(async () => {
  await file.close();
  await logs?.close();
  await everything?.close();
});

const affected = (words: string) => runHere(affectedCommand, runAffected, words);
const found = async (words: string) => {
  const { status, out, err } = await affected(`${words} --json`);
  expect(err).toBe("");
  return { status, ...JSON.parse(out) };
};

describe.each([
  ["the local stack", ""],
  ["a deployed stage", "--stage dev --region us-east-1"],
])("given a day with failures on %s", (_where, target) => {
  it("each customer is listed once, with payments, codes and numbers of failures", async () => {
    const { status, customers } = await found(`--since 1h ${target}`);
    expect(status).toBe(1);
    const byId = Object.fromEntries(
      customers.map((customer: { customerId: string }) => [customer.customerId, customer]),
    );
    expect(Object.keys(byId).sort()).toEqual([day.customerId, day.otherCustomerId].sort());
    expect(byId[day.otherCustomerId]).toMatchObject({
      payments: [],
      codes: { BAD_GATEWAY: 1 },
      isRecovered: false,
    });
  });

  it("an event that named nobody is its customer's, by another line about it, and was applied later", async () => {
    const { customers } = await found(`--since 1h --function stripe-create-payment-intent ${target}`);
    expect(customers).toMatchObject([{ customerId: day.otherCustomerId }]);
    const { customers: all } = await found(`--since 1h ${target}`);
    expect(all).toContainEqual(
      expect.objectContaining({
        customerId: day.customerId,
        events: [day.eventId],
        isRecovered: true,
      }),
    );
  });

  it("a function that was cut off is named, because its log cannot say for whom it worked", async () => {
    expect(await found(`--since 1h ${target}`)).toMatchObject({
      cutOff: [{ functionName: "contractspec-stripe-dev-send-email", count: 1 }],
    });
  });

  it("with a code, only its failures count, whatever their level", async () => {
    const { status, customers, unknown, cutOff } = await found(`--since 1h --code FORBIDDEN ${target}`);
    expect([status, customers, cutOff]).toEqual([1, [], []]);
    expect(unknown).toMatchObject([{ codes: { FORBIDDEN: 1 } }]);
    expect(await found(`--since 1h --code GONE ${target}`)).toMatchObject({
      status: 0,
      customers: [],
      unknown: [],
    });
  });

  it("before it, nobody was affected", async () => {
    const { status, out } = await affected(`--since 3h --until 2h ${target}`);
    expect(status).toBe(0);
    expect(out).toMatch(/^Nobody was affected from /);
  });

  it("a table shows it to people", async () => {
    const { out } = await affected(`--since 1h ${target}`);
    expect(out).toMatch(/^2 customers were affected from /);
    expect(out).toMatch(new RegExp(`${day.otherCustomerId}\\s+1\\s+BAD_GATEWAY 1`));
    expect(out).toContain("contractspec-stripe-dev-send-email  1");
  });
});

describe("given CloudWatch Logs", () => {
  it("no query has more than 50 groups, and none asks for a group that does not exist", () => {
    const existing = new Set(lines.map(({ log }) => log));
    for (const { groups } of logs.queries)
      expect(groups.filter((group) => !existing.has(String(group)))).toEqual([]);
  });

  it("of a query with too many rows, each half of the time is asked for, so that every row comes once", async () => {
    const many: LogLine[] = Array.from({ length: 90 }, (_, n) => ({
      timestamp: Date.parse("2026-11-27T08:00Z") + n * 40_000,
      log: "/aws/lambda/x-dev-a",
      message: JSON.stringify({ n }),
    }));
    const server = await cloudWatchLogs(() => many, 10_000);
    const small = await cloudWatchLogs(() => many, 20);
    const range = { from: new Date("2026-11-27T08:00Z"), to: new Date("2026-11-27T09:00Z") };
    for (const [{ url }, mostRows] of [
      [server, 10_000],
      [small, 20],
    ] as const) {
      process.env.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS = url;
      const log = await cloudWatchLog(
        ["/aws/lambda/x-dev-a", "/aws/lambda/x-dev-gone"],
        "/aws/lambda/x-dev-",
        mostRows,
      );
      const rows = await log("fields n | sort n", range);
      expect(rows.map(({ n }) => Number(n)).sort((a, b) => a - b)).toEqual(many.map((_, n) => n));
    }
    process.env.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS = logs.url;
    await server.close();
    await small.close();
  });

  it("a stage without a log is refused, with what may be wrong", async () => {
    const { status, err } = await affected("--stage nowhere --region us-east-1");
    expect(status).toBe(2);
    expect(err).toMatch(
      /no log group of this stage: none begins with \/aws\/lambda\/contractspec-stripe-nowhere-/,
    );
  });
});

describe("given the words of the command", () => {
  const NOW = new Date("2026-11-27T08:30:00Z");

  it("the last hour is the default, and a time or a period can be given", () => {
    expect(askedFor(affectedCommand, "", NOW)).toMatchObject({
      from: new Date("2026-11-27T07:30:00Z"),
      to: NOW,
      codes: [],
    });
    expect(
      askedFor(affectedCommand, "--since 2d --until 2026-11-26 --code TIMEOUT --code GONE", NOW),
    ).toMatchObject({
      from: new Date("2026-11-25T08:30:00Z"),
      to: new Date("2026-11-26T00:00:00Z"),
      codes: ["TIMEOUT", "GONE"],
    });
  });

  it.each([
    ["--since yesterday", /--since must be 30m, 2h or 3d ago/],
    ["--since 1h --until 2h", /--since must be before --until/],
    ["--code TIMEOUTS", /did you mean "TIMEOUT"\?/],
    ["--function send-mail", /did you mean "send-email"\?/],
  ])("%s is refused, and the refusal says what would be right", (words, message) => {
    expect(() => askedFor(affectedCommand, words, NOW)).toThrow(message);
  });
});

describe("given the queries of docs/logs.md", () => {
  const ids = () => ({ cus: day.customerId, pi: day.paymentId, run: day.runId, evt: day.eventId });
  const filled = (query: string) =>
    Object.entries(ids()).reduce(
      (text, [kind, id]) => text.replaceAll(new RegExp(`${kind}[-_]EXAMPLE`, "g"), id),
      query,
    );

  it.each(LOG_QUERY_NAMES)("the page has the query %s to copy", (name) => {
    const { title, query } = LOG_QUERIES[name];
    expect(readFileSync("docs/logs.md", "utf8")).toContain(
      `**${title}**\n\n\`\`\`logs-insights\n${query}\n\`\`\`\n`,
    );
  });

  it.each(LOG_QUERY_NAMES)(
    "the query %s finds lines, and our code writes each field that it names",
    (name) => {
      const query = readQuery(filled(LOG_QUERIES[name].query));
      expect(query.run(lines)).not.toEqual([]);
      const written = new Set(lines.flatMap(({ message }) => Object.keys(fieldsIn(message))));
      expect(query.fields.filter((field) => !field.startsWith("@") && !written.has(field))).toEqual([]);
    },
  );
});

function fieldsIn(message: string): object {
  return message.startsWith("{") ? fieldsOf(JSON.parse(message)) : {};
}
