import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { archiveDay } from "../../lib/audit/archive-day.ts";
import { partitionsOf } from "../../lib/audit/archive-files.ts";
import { recordAttempt } from "../../lib/audit/attempt.ts";
import { auditKeys, currentAuditKey } from "../../lib/audit/audit-key.ts";
import { dayPartition, SHARDS } from "../../lib/audit/stored-entry.ts";
import { deleteItem, putItem } from "../../lib/aws/dynamodb.ts";
import { listKeys } from "../../lib/aws/s3.ts";
import { localArchiveName } from "../../resources/archive-bucket.ts";
import { auditCommand } from "../../scripts/audit/command.ts";
import { runAudit } from "../../scripts/audit/run.ts";
import { aBeginning, aNewDay, dayText, itemsIn } from "../lib/audit/written-log.ts";
import { runHere, spawned } from "../steps/commands.ts";
import { deployedStages } from "../steps/deployed-stages.ts";
import * as given from "../steps/given.ts";

const STAGE = "audited";
const TABLE = `contractspec-stripe-${STAGE}-audit-log`;
const SECRETS = ["app-secret-of-the-tests"];
given.localAws();
deployedStages(STAGE);

beforeAll(async () => {
  const dynamodb = new DynamoDBClient({});
  await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [
        { AttributeName: "partition", AttributeType: "S" },
        { AttributeName: "sort", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "partition", KeyType: "HASH" },
        { AttributeName: "sort", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  dynamodb.destroy();
  process.env.AUDIT_LOG_TABLE = TABLE;
});

const audit = (...words: string[]) => runHere(auditCommand, runAudit, words);

/** Writes a day with three refused calls, and returns the day as text. */
async function aWrittenDay(): Promise<string> {
  const day = aNewDay();
  for (const n of [1, 2, 3]) {
    const beginning = aBeginning(day + n, { actor: { id: `shop-${n}`, roles: [] } });
    await recordAttempt(beginning, { result: "denied", durationMs: n, code: "FORBIDDEN" }, SECRETS);
  }
  return dayText(day);
}

describe("given a log that nobody touched", () => {
  it("verify says how many entries it checked, and that nothing is wrong", async () => {
    const day = await aWrittenDay();
    expect(await audit("verify", "--stage", STAGE, "--since", day, "--until", day)).toEqual({
      status: 0,
      out: `${day}  3 entries  ok\noutside the days  ok\n\n3 entries of 1 writer and 3 links were checked, in 1 day: nothing is wrong.\n`,
      err: "",
    });
  });

  it("list shows a table, newest first, and how to get the next page", async () => {
    const day = await aWrittenDay();
    const { out, status } = await audit(
      "list",
      "--stage",
      STAGE,
      "--from",
      day,
      "--to",
      `${day}T23:59Z`,
      "--limit",
      "2",
    );
    expect(status).toBe(0);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^time \(UTC\) +result +actor +action +resource +code +ms +objects$/);
    expect(lines[1]).toMatch(
      /00:00:00\.003 +denied +shop-3 +invoke +stripe-create-payment-intent +FORBIDDEN +3 +cus_1$/,
    );
    expect(lines[2]).toContain("shop-2");
    expect(out).toMatch(/For the next page: --cursor \w+/);
  });

  it("list --json prints the same JSON as the API", async () => {
    const day = await aWrittenDay();
    const { out } = await audit(
      "list",
      "--stage",
      STAGE,
      "--from",
      day,
      "--to",
      `${day}T23:59Z`,
      "--actor",
      "shop-2",
      "--json",
    );
    expect(JSON.parse(out)).toMatchObject({ entries: [{ actor: { id: "shop-2" }, result: "denied" }] });
  });
});

describe("given a day that was archived and has left the table", () => {
  it("list and verify read it from the archive of the stage", async () => {
    const day = await aWrittenDay();
    const archive = localArchiveName("contractspec-stripe", STAGE);
    Object.assign(process.env, { AUDIT_LOG_TABLE: TABLE, AUDIT_ARCHIVE_BUCKET: archive });
    const keys = auditKeys(SECRETS);
    const limit = { deadline: Number.POSITIVE_INFINITY, now: () => new Date() };
    await archiveDay(day, { ...limit, key: currentAuditKey(SECRETS), keys });
    for (const partition of partitionsOf(day)) {
      for (const { sort } of await itemsIn(partition, TABLE))
        await deleteItem(TABLE, { partition, sort }, {});
    }
    const listed = await audit("list", "--stage", STAGE, "--from", day, "--to", `${day}T23:59Z`);
    expect(listed.out.match(/shop-\d/g)).toEqual(["shop-3", "shop-2", "shop-1"]);
    const verified = await audit("verify", "--stage", STAGE, "--since", day, "--until", day);
    expect(verified).toMatchObject({ status: 0, out: expect.stringContaining(`${day}  3 entries  ok`) });
    const [part = ""] = await listKeys(archive, `items/${day}/heads`);
    await fetch(`${process.env.AWS_ENDPOINT_URL_S3}/${archive}/${part}`, { method: "DELETE" });
    const { status, out } = await audit("verify", "--stage", STAGE, "--since", day, "--until", day);
    expect(status).toBe(1);
    expect(out).toContain(`${part}, a file of the archive, was removed`);
  });
});

describe("given a log that somebody tampered with", () => {
  it("verify ends with 1 and prints for each finding its time, its entry and the mistake", async () => {
    const day = await aWrittenDay();
    const shards = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) => itemsIn(dayPartition(day, shard), TABLE)),
    );
    const [entry] = shards.flat();
    await putItem(TABLE, { ...entry, action: "nothing" });
    const { status, out } = await audit("verify", "--stage", STAGE, "--since", day, "--until", day);
    expect(status).toBe(1);
    expect(out).toContain(
      `${day}  3 entries  1 NOT as written\n  ${entry?.timestamp}  ${entry?.eventId}  was altered`,
    );
    expect(out).toContain("1 finding.");
  });
});

describe("given a command that cannot do its work", () => {
  it.each<[string[], string]>([
    [[], "Name a command: list, verify"],
    [["show"], 'Unknown command "show"; known: list, verify\n\nnpm run audit -- list'],
    [["list", "--form", "2026-11-25"], "list has no option --form; did you mean --from?"],
    [["list", "--csk_tV9zMGJVfZ"], "list has no option --[key]"],
    [["list", "--limit", "0"], "--limit must be a whole number from 1 to 100"],
    [["verify", "--since", "yesterday"], "--since must be a day (UTC) such as 2026-11-25"],
    [["verify", "--since", "2026-11-25", "--until", "2026-11-24"], "--since must not be after --until"],
    [["list", "--stage", "not-deployed"], "Is not-deployed deployed in that region (--region)"],
  ])("%j ends with 2 and says what would be right", async (args, words) => {
    expect(await audit(...args)).toEqual({ status: 2, out: "", err: expect.stringContaining(words) });
  });

  it("as a process without a stack, it ends with 2, says what it called and what to do, and shows no stack trace", async () => {
    const { status, out, err } = await spawned("audit", "verify", { DYNAMODB_PORT: "1" });
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(
      "Called: DynamoDB, http://127.0.0.1:1, tables contractspec-stripe-dev-*\nIs the local stack",
    );
    expect(err).not.toMatch(/ {4}at /);
  });
});
