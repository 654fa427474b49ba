/** The settings of stages, as the package has them. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CONSUMED_QUEUES } from "../../../lib/events/event-queues.ts";
import { fieldsOf } from "../../../lib/untrusted.ts";
import { TABLES, tableId } from "../../../resources/tables.ts";
import { FOLDER, FUNCTIONS, resources, serverless, text } from "./packaged.ts";

/** Writes the settings of a stage that exists only in this test, in which nothing else is wrong. */
function writeSettings(stage: string, settings: Readonly<Record<string, string>>) {
  const all = {
    EMAIL_FROM: "payments@adas-shop.com",
    ADMIN_EMAIL: "ada@adas-shop.com",
    STRIPE_PUBLISHABLE_KEY: "pk_test_51abc",
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(`stages/${stage}.env`, lines.join(""));
}

describe("given settings that do not fit the stage", () => {
  const stage = "test-refused";
  afterAll(() => rmSync(`stages/${stage}.env`, { force: true }));

  it("nothing is packaged, and the error gives the reasons without the key", async () => {
    const folder = `${FOLDER}-refused`;
    writeSettings(stage, {
      AWS_REGION: "cn-north-1",
      STRIPE_PUBLISHABLE_KEY: "pk_live_51abc",
      JWT_ISSUER: "https://login.example.com",
    });
    const { status, stdout, stderr } = await serverless(["package", "--package", folder, "--stage", stage]);
    expect(status).toBe(1);
    expect(stderr).toContain("The region cn-north-1 does not have Amazon SES");
    expect(stderr).toContain(`STRIPE_PUBLISHABLE_KEY is a live key, and the stage is ${stage}`);
    expect(stderr).toContain("JWT_AUDIENCE is not set");
    expect(stdout + stderr).not.toContain("51abc");
    expect(existsSync(folder)).toBe(false);
  });
});

describe("given a stage without settings", () => {
  it.each([
    [
      "package",
      ["package", "--stage", "Staging", "--package", `${FOLDER}-none`],
      /"Staging" cannot be the name of a stage/,
    ],
    ["deploy", ["deploy", "--stage", "dev", "--force"], /The stage dev has no settings/],
  ])("%s does nothing, and says what the file of the stage needs", async (_, words, reason) => {
    const { status, stderr } = await serverless(words);
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(/Copy stages\/stage\.env\.example to stages\/\w+\.env/);
    expect(stderr).toMatch(/STRIPE_PUBLISHABLE_KEY=/);
  });
});

describe("given the longest name of a stage, and another region", () => {
  const LIMITS: Readonly<Record<string, number>> = { RoleName: 64, QueueName: 80, TopicName: 256 };
  const stage = "test-settings-16";
  let configured: unknown;
  beforeAll(async () => {
    writeSettings(stage, {
      AWS_REGION: "ap-southeast-2",
      CORS_ORIGINS: "https://adas-shop.com, https://admin.adas-shop.com",
      TABLE_PROTECTION: "on",
      BACKUP_DAYS: "30",
    });
    const { stdout } = await serverless(["print", "--stage", stage, "--format", "json"], {
      EMAIL_FROM: "payments@example.com",
      STRIPE_PUBLISHABLE_KEY: "",
    });
    configured = JSON.parse(stdout);
  });
  afterAll(() => rmSync(`stages/${stage}.env`, { force: true }));

  it("the settings and the region are those of its file, whatever is in the shell", () => {
    const { functions, provider } = fieldsOf(configured);
    const environmentOf = (name: string) => fieldsOf(fieldsOf(fieldsOf(functions)[name]).environment);
    expect(environmentOf("send-email").EMAIL_FROM).toBe("payments@adas-shop.com");
    expect(environmentOf("pay-page").STRIPE_PUBLISHABLE_KEY).toBe("pk_test_51abc");
    expect(fieldsOf(provider).region).toBe("ap-southeast-2");
  });

  it("exactly its CORS_ORIGINS may call the API from a browser, with the headers that callers send and read", () => {
    expect(fieldsOf(fieldsOf(fieldsOf(configured).provider).httpApi).cors).toEqual({
      allowedOrigins: ["https://adas-shop.com", "https://admin.adas-shop.com"],
      allowedMethods: ["GET", "POST"],
      allowedHeaders: ["authorization", "content-type", "idempotency-key"],
      exposedResponseHeaders: ["idempotency-replayed", "location", "retry-after"],
      maxAge: 600,
    });
  });

  it("its tables are protected and backed up, because its file says so", () => {
    const { Resources } = fieldsOf(fieldsOf(configured).resources);
    for (const table of TABLES)
      expect(fieldsOf(Resources)[tableId(table)]).toMatchObject({
        Properties: { DeletionProtectionEnabled: true },
      });
    expect(Object.keys(fieldsOf(Resources))).toEqual(
      expect.arrayContaining(["BackupVault", "BackupPlan", "BackupSelection", "BackupRole"]),
    );
    expect(Object.keys(resources)).not.toContain("BackupVault");
  });

  /** The names of functions, machines and other resources, with their limits. */
  function names(): { name: string; limit: number }[] {
    const { resources, functions, stepFunctions } = fieldsOf(configured);
    const named = [
      ...Object.values(fieldsOf(functions)),
      ...Object.values(fieldsOf(fieldsOf(stepFunctions).stateMachines)),
    ].map((one) => ({ name: String(fieldsOf(one).name), limit: 64 }));
    const others = Object.values(fieldsOf(fieldsOf(resources).Resources)).flatMap((resource) =>
      Object.entries(fieldsOf(fieldsOf(resource).Properties)).flatMap(([property, name]) => {
        const limit = LIMITS[property];
        return limit === undefined ? [] : [{ name: String(name), limit }];
      }),
    );
    return [...named, ...others];
  }

  it("every name is short enough for AWS", () => {
    expect(names().length).toBeGreaterThan(2 * FUNCTIONS.length + 2 * CONSUMED_QUEUES.length);
    expect(names().filter(({ name, limit }) => name.length > limit)).toEqual([]);
  });

  it("no name is also a name of the stage dev", () => {
    const ofDev = text(resources);
    expect(names().filter(({ name }) => ofDev.includes(`"${name}"`))).toEqual([]);
  });
});
