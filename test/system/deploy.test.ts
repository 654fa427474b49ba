/** `npm run deploy` and `npm run rollback` on an AWS account and a Stripe account on this machine. Nothing of it ran on AWS. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { forgetSecrets } from "../../lib/secrets/secrets.ts";
import { passOn } from "../../local/pass-on.ts";
import { artifactKey } from "../../resources/package-plugin.ts";
import { TABLES, tableId, tableNamesParameter } from "../../resources/tables.ts";
import { type Surroundings, surroundingsOf } from "../../scripts/deploy/apply-version.ts";
import { awsClients } from "../../scripts/deploy/aws-clients.ts";
import { KEPT_VERSIONS, versionsToKeep } from "../../scripts/deploy/history.ts";
import { type Place, placeOf } from "../../scripts/deploy/place.ts";
import { deploy, type Packager } from "../../scripts/deploy/run.ts";
import { codeKeysIn, VERSION_OUTPUT } from "../../scripts/deploy/versions.ts";
import { rollback } from "../../scripts/rollback/run.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { givenAwsAccount } from "../steps/aws-account.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

const STAGE = "test-deploy";
const REGION = "eu-central-1";
const STACK = `contractspec-stripe-${STAGE}`;
const FILE = `stages/${STAGE}.env`;
const COMMIT = "0123456789ab";
const SETTINGS = {
  AWS_REGION: REGION,
  EMAIL_FROM: "payments@adas-shop.com",
  ADMIN_EMAIL: "ada@adas-shop.com",
  STRIPE_PUBLISHABLE_KEY: "pk_test_51abc",
};

const account = givenAwsAccount();
let api: LoopbackServer;
let emulator: StripeEmulator;
let stripe: LoopbackServer;
let stripeRefuses = false;
/** What the API receives, and whether it works. */
const calls: string[] = [];
let isUp = true;
const environment = { ...process.env };

beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  stripe = await loopbackServer(async (request, body, response) => {
    if (stripeRefuses)
      return answerJson(response, 401, {
        error: { type: "invalid_request_error", message: "Invalid API Key" },
      });
    const { status, headers, body: answered } = await passOn(emulator.url, request, body);
    return response.writeHead(status, headers).end(answered);
  });
  api = await loopbackServer((request, body, response) => {
    calls.push(`${request.method} ${request.url}`);
    const { authorization, "stripe-signature": signature } = request.headers;
    const status =
      request.url === "/api/health"
        ? 200
        : request.url === "/api/webhooks/stripe"
          ? String(signature).startsWith("t=")
            ? 200
            : 400
          : authorization === undefined
            ? 401
            : 200;
    response
      .writeHead(isUp ? status : 503)
      .end(JSON.stringify({ status: "ok", stage: STAGE, got: body.length }));
  });
});
beforeEach(() => {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: account.url,
    AWS_ENDPOINT_URL_SSM: account.url,
    AWS_ENDPOINT_URL_DYNAMODB: account.url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_CONFIG_FILE: "none",
    AWS_REGION: REGION,
    STRIPE_API_BASE: stripe.url,
  });
  forgetSecrets();
  calls.length = 0;
  isUp = true;
  stripeRefuses = false;
  writeSettings();
  for (const [name, Value] of [
    ["STRIPE_SECRET_KEY", "sk_test_local"],
    ["STRIPE_WEBHOOK_SECRET", "whsec_local"],
    ["APP_SECRET", "0123456789abcdef"],
  ] as const)
    account.parameters.set(`/contractspec-stripe/${STAGE}/${name}`, { Value, Type: "SecureString" });
  account.parameters.set(tableNamesParameter("contractspec-stripe", STAGE), {
    Value: JSON.stringify(
      Object.fromEntries(TABLES.map((table) => [table, `${STACK}-${tableId(table)}-1A`])),
    ),
    Type: "String",
  });
});
afterAll(async () => {
  rmSync(FILE, { force: true });
  process.env = environment;
  await Promise.all([api.close(), stripe.close(), emulator.close()]);
});

function writeSettings(settings: Readonly<Record<string, string>> = {}): void {
  const all = Object.entries({ ...SETTINGS, ...settings });
  writeFileSync(FILE, all.map(([name, value]) => `${name}=${value}\n`).join(""));
}

interface Content {
  /** The code of the function. */
  readonly code?: string;
  readonly tableHash?: string;
  readonly resources?: Readonly<Record<string, unknown>>;
  readonly without?: readonly string[];
}

/** Writes a small package of the form that the framework and resources/package-plugin.ts write. */
const packageOf =
  ({ code = "1", tableHash = "identity", resources = {}, without = [] }: Content): Packager =>
  ({ folder }, directory) => {
    mkdirSync(directory, { recursive: true });
    const bucket = { Type: "AWS::S3::Bucket", Properties: {} };
    const alarms = JSON.stringify({
      Resources: { ApiErrorsAlarm: { Type: "AWS::CloudWatch::Alarm", Properties: { code } } },
    });
    const all: Record<string, unknown> = {
      ServerlessDeploymentBucket: bucket,
      CustomersTable: {
        Type: "AWS::DynamoDB::Table",
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
        Properties: { KeySchema: [{ AttributeName: tableHash }] },
      },
      InvoiceEventsQueue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "invoice" } },
      SendFunction: {
        Type: "AWS::Lambda::Function",
        Properties: { Code: { S3Key: artifactKey(folder, "send", code, "zip") } },
      },
      AlarmsStack: {
        Type: "AWS::CloudFormation::Stack",
        Properties: {
          TemplateURL: {
            "Fn::Sub": `https://\${ServerlessDeploymentBucket.RegionalDomainName}/${artifactKey(folder, "alarms", alarms, "json")}`,
          },
        },
      },
      ...resources,
    };
    for (const id of without) delete all[id];
    const write = (name: string, content: unknown) =>
      writeFileSync(join(directory, name), JSON.stringify(content));
    write("cloudformation-template-create-stack.json", { Resources: { ServerlessDeploymentBucket: bucket } });
    write("cloudformation-template-update-stack.json", {
      Resources: all,
      Outputs: { HttpApiUrl: { Value: api.url } },
    });
    writeFileSync(join(directory, "cloudformation-template-alarms.json"), alarms);
    writeFileSync(join(directory, "send.zip"), code);
  };

interface Ended {
  readonly verdict: string;
  readonly out: string;
  readonly asked: readonly string[];
}

/** Runs it with a person who types these lines, or without anyone if there are none left. */
async function run(
  command: (place: Place, surroundings: Surroundings) => Promise<string>,
  typed: readonly string[] = [],
  now = new Date(),
): Promise<Ended> {
  const lines: string[] = [];
  const spy = jest.spyOn(console, "log").mockImplementation((line) => lines.push(String(line)));
  const left = [...typed];
  const asked: string[] = [];
  try {
    const verdict = await command(placeOf({ stage: STAGE }), {
      clients: awsClients(REGION, account.url),
      ask: async (question) => {
        asked.push(question);
        return left.shift();
      },
      patience: { pollMs: 1, print: (line) => lines.push(line) },
      now: () => now,
      commit: () => COMMIT,
    });
    return { verdict, out: lines.join("\n"), asked };
  } finally {
    spy.mockRestore();
  }
}

const deployed = (
  content: Content,
  {
    typed = [],
    now = new Date(),
    ...asked
  }: {
    typed?: string[];
    now?: Date;
    yes?: boolean;
    onlyPlan?: boolean;
    restart?: boolean;
    watchMinutes?: number;
  } = {},
) =>
  run(
    (place, surroundings) =>
      deploy(
        { yes: true, onlyPlan: false, restart: false, watchMinutes: 0, ...asked },
        place,
        surroundings,
        packageOf(content),
      ),
    typed,
    now,
  );
const rolledBack = (asked: { to?: string; onlyList?: boolean } = {}, typed: string[] = []) =>
  run(
    (place, surroundings) => rollback({ onlyList: false, yes: true, ...asked }, place, surroundings),
    typed,
  );

const stack = () => account.cloudFormation.stacks.get(STACK);
const code = () => JSON.stringify(stack()?.resources.SendFunction);
const version = () => String(Object(stack()?.outputs[VERSION_OUTPUT]).Value);

describe("given a stage that was never deployed", () => {
  it("everything that is missing is reported at once, with what to do, and nothing is changed", async () => {
    writeSettings({ EMAIL_FROM: "payments@example.com", EVENT_CONCURRENCY: "50" });
    account.parameters.clear();
    account.parameters.set(`/contractspec-stripe/${STAGE}/APP_SECRET`, { Value: "short", Type: "String" });
    account.identities.set("payments@example.com", "Success");
    account.mailsPerDay = 200;
    account.concurrentExecutions = 100;
    const { verdict, out } = await deployed({});
    expect(verdict).toBe("something wrong");
    for (const text of [
      "MISSING: stages/test-deploy.env:2: EMAIL_FROM is an example.",
      "MISSING: The secret STRIPE_SECRET_KEY of the stage test-deploy is not in SSM.",
      "aws ssm put-parameter --region eu-central-1 --type SecureString --name /contractspec-stripe/test-deploy/STRIPE_WEBHOOK_SECRET --value whsec_...",
      "MISSING: The parameter /contractspec-stripe/test-deploy/APP_SECRET is not encrypted.",
      "MISSING: APP_SECRET contains a secret of fewer than 16 characters.",
      "MISSING: EVENT_CONCURRENCY is 50, and the account runs 100 functions at once",
      "MISSING: SES already has payments@example.com in this region",
      "note: SES lets the account send 200 mails a day, as in its sandbox",
    ])
      expect(out).toContain(text);
    expect(out).not.toContain("short");
    expect(account.writes).toEqual([]);
  });

  it("without credentials, that and the mistakes of the settings are reported", async () => {
    account.hasCredentials = false;
    writeSettings({ ADMIN_EMAIL: "nobody" });
    const { verdict, out } = await deployed({});
    expect(verdict).toBe("something wrong");
    expect(out).toContain("MISSING: This shell has no AWS credentials that work in eu-central-1");
    expect(out).toMatch(/MISSING: stages\/test-deploy.env:3: ADMIN_EMAIL/);
    expect(account.writes).toEqual([]);
  });

  it("a live key is reported, and not shown", async () => {
    const Value = "sk_live_51abc";
    account.parameters.set(`/contractspec-stripe/${STAGE}/STRIPE_SECRET_KEY`, {
      Value,
      Type: "SecureString",
    });
    const { verdict, out } = await deployed({});
    expect(verdict).toBe("something wrong");
    expect(out).toContain("MISSING: STRIPE_SECRET_KEY is a live key, and the stage is test-deploy");
    expect(out).not.toContain(Value);
  });

  it("a key that Stripe refuses is reported with Stripe's reason", async () => {
    stripeRefuses = true;
    const { verdict, out } = await deployed({});
    expect(verdict).toBe("something wrong");
    expect(out).toContain("MISSING: Stripe did not list its webhook endpoints for STRIPE_SECRET_KEY: ");
    expect(account.writes).toEqual([]);
  });

  it.each([
    ["ROLLBACK_COMPLETE", "delete-stack --region eu-central-1"],
    ["UPDATE_ROLLBACK_FAILED", "continue-update-rollback"],
    ["UPDATE_IN_PROGRESS", "Wait until that has ended"],
  ])("a stack that is %s is not touched, and the message says what to do", async (status, remedy) => {
    await deployed({});
    Object.assign(stack() ?? {}, { status });
    account.writes.length = 0;
    const { verdict, out } = await deployed({ code: "2" });
    expect(verdict).toBe("something wrong");
    expect(out).toContain(remedy);
    expect(account.writes).toEqual([]);
  });

  it("the first deployment creates the bucket, then everything, and its smoke calls are good", async () => {
    const { verdict, out, asked } = await deployed({}, { yes: false, typed: ["yes"] });
    expect(out).toContain("note: Stripe has no webhook endpoint for this stage yet.");
    expect(out).toContain("The first deployment creates everything.");
    expect(asked).toEqual(["Carry it out? (yes/no) "]);
    expect(out).toMatch(/4 to add, 0 to modify, 0 to replace, 0 to remove/);
    expect(out).toContain("ApiErrorsAlarm");
    expect(stack()?.status).toBe("UPDATE_COMPLETE");
    expect(out.match(/^ {2}good {2}/gm)).toHaveLength(5);
    expect(calls).toEqual([
      "GET /api/health",
      "GET /api/capabilities/stripe-list-prices?limit=1",
      "GET /api/capabilities/stripe-list-prices?limit=1",
      "POST /api/webhooks/stripe",
      "POST /api/webhooks/stripe",
    ]);
    expect(account.items.size).toBe(0);
    expect(out).toContain(`HttpApiUrl: ${api.url}`);
    expect(verdict).toBe("nothing wrong");
  });

  it("--plan changes nothing, also not the bucket", async () => {
    expect(await deployed({}, { onlyPlan: true })).toMatchObject({ verdict: "nothing wrong" });
    expect(account.writes).toEqual([]);
  });
});

describe("given a stage that is deployed", () => {
  let restore: (() => void) | undefined;
  beforeEach(async () => {
    if (restore === undefined) {
      await deployed({});
      restore = account.snapshot();
    } else restore();
    account.writes.length = 0;
    calls.length = 0;
  });

  it("the same package changes nothing and uploads no code", async () => {
    const { verdict, out } = await deployed({});
    expect(out).toMatch(/Nothing to change: .* is version [0-9a-f]{12}/);
    expect(out).toContain("0 of 2 files are new");
    expect(account.writes).not.toContain("ExecuteChangeSet");
    expect(verdict).toBe("nothing wrong");
  });

  it("--watch has CloudFormation undo the change if an alarm of the stage is raised in that time", async () => {
    await deployed({ code: "2" });
    expect(account.cloudFormation.watched).toEqual([]);
    const { out } = await deployed({ code: "3" }, { watchMinutes: 10 });
    expect(account.cloudFormation.watched.toSorted()).toEqual([
      "10",
      "AWS::CloudWatch::Alarm",
      `arn:aws:cloudwatch:${REGION}:111122223333:alarm:${STACK}-alarmsstack-apierrorsalarm`,
    ]);
    expect(out).toContain("watches the alarms for 10 minutes");
  });

  it("--restart replaces the instances of every function, although nothing else changes", async () => {
    const before = code();
    const { verdict, out } = await deployed({}, { restart: true });
    expect(out).toMatch(/modify +Lambda::Function +SendFunction +Environment/);
    expect(code()).toMatch(/RESTARTED_AT/);
    expect(verdict).toBe("nothing wrong");
    await deployed({});
    expect(code()).toBe(before);
  });

  it("a new version changes what has changed, and tells which properties", async () => {
    const { verdict, out } = await deployed({ code: "2" });
    expect(out).toMatch(/modify\s+Lambda::Function\s+SendFunction\s+Code/);
    expect(out).not.toMatch(/modify +\S+ +CustomersTable/);
    expect(code()).toContain(artifactKey(`serverless/contractspec-stripe/${STAGE}`, "send", "2", "zip"));
    expect(verdict).toBe("nothing wrong");
  });

  it("--plan shows what would change, and leaves no change set behind", async () => {
    const { out } = await deployed({ code: "2" }, { onlyPlan: true });
    expect(out).toMatch(/SendFunction\s+Code/);
    expect(account.writes).not.toContain("ExecuteChangeSet");
    expect(
      [...account.cloudFormation.changeSets.keys()].filter((id) => !id.endsWith("/nested")),
    ).toHaveLength(2);
  });

  it.each([
    ["a table is replaced", { tableHash: "email" }, /REPLACE CustomersTable .*empty table.*kept outside/],
    [
      "a table is removed",
      { without: ["CustomersTable"] },
      /REMOVE CustomersTable .*empty table.*kept outside/,
    ],
    [
      "a queue is removed",
      { without: ["InvoiceEventsQueue"] },
      /REMOVE InvoiceEventsQueue .*messages in it are lost\.$/m,
    ],
    [
      "a queue is replaced",
      { resources: { InvoiceEventsQueue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "other" } } } },
      /REPLACE InvoiceEventsQueue/,
    ],
  ])("when %s, --yes is not enough: a person types the name of the stage", async (_, content, loss) => {
    await expect(deployed(content)).rejects.toThrow("only by a person at a terminal, also with --yes");
    expect(account.writes).not.toContain("ExecuteChangeSet");
    const declined = await deployed(content, { typed: ["yes"] });
    expect(declined).toMatchObject({ verdict: "something wrong" });
    expect(declined.out).toMatch(loss);
    expect(account.writes).not.toContain("ExecuteChangeSet");
    expect(await deployed(content, { typed: [STAGE] })).toMatchObject({ verdict: "nothing wrong" });
    expect(account.writes).toContain("ExecuteChangeSet");
  });

  it("an ordinary change is not carried out if nobody can be asked and --yes is not given", async () => {
    await expect(deployed({ code: "2" }, { yes: false })).rejects.toThrow("give --yes");
    expect(await deployed({ code: "2" }, { yes: false, typed: ["no"] })).toMatchObject({
      verdict: "something wrong",
    });
    expect(account.writes).not.toContain("ExecuteChangeSet");
  });

  it("when CloudFormation undoes it, the reason of the resource that failed is the error", async () => {
    account.cloudFormation.failure = { logicalId: "SendFunction", reason: "The role cannot be assumed" };
    await expect(deployed({ code: "2" })).rejects.toThrow(
      /has undone the change .*UPDATE_ROLLBACK_COMPLETE.*\nUPDATE_FAILED SendFunction \(AWS::Lambda::Function\): The role cannot be assumed/,
    );
    expect(calls).toEqual([]);
    expect((await rolledBack({ onlyList: true })).out.match(/^[0-9a-f]{12}/gm)).toHaveLength(1);
  });

  it("a template that CloudFormation refuses is reported with the reason", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [
        `Topic${index}`,
        { Type: "AWS::SNS::Topic", Properties: {} },
      ]),
    );
    await expect(deployed({ resources: many })).rejects.toThrow(/greater than maximum allowed, 500/);
  });

  it("bad smoke calls are reported with the command that goes back", async () => {
    isUp = false;
    const { verdict, out } = await deployed({ code: "2" });
    expect(verdict).toBe("something wrong");
    expect(out).toContain("BAD   health: 503, not 200");
    expect(out).toContain(`To go back: npm run rollback -- --stage ${STAGE}`);
    expect(account.items.size).toBe(0);
  });

  it("a webhook endpoint that differs is a note, with the command that fixes it", async () => {
    const { out } = await deployed({});
    expect(out).toContain("note: The webhook endpoint does not exist.");
    expect(out).toContain(
      `npm run -s stripe -- webhook create --stage ${STAGE} --url ${api.url}/api/webhooks/stripe`,
    );
  });
});

describe("given the shell of an operator", () => {
  it("the commit of a version is git's current one, with a mark if files have changed since", () => {
    const current = execFileSync("git", ["describe", "--always", "--abbrev=12"], { encoding: "utf8" }).trim();
    expect(surroundingsOf(awsClients(REGION)).commit()).toMatch(new RegExp(`^${current}(-dirty)?$`));
  });
});

describe("given three versions", () => {
  const versions: string[] = [];
  let restore: (() => void) | undefined;
  beforeEach(async () => {
    if (restore !== undefined) return restore();
    for (const content of [{ code: "1" }, { code: "2" }, { code: "3" }]) {
      await deployed(content);
      versions.push(version());
    }
    restore = account.snapshot();
  });

  it("a rollback deploys the version before, says what it does not undo, and makes the smoke calls", async () => {
    const { verdict, out } = await rolledBack();
    expect(version()).toBe(versions[1]);
    expect(code()).toContain(artifactKey(`serverless/contractspec-stripe/${STAGE}`, "send", "2", "zip"));
    expect(out).toContain("payments, refunds, mails and notifications stay made");
    expect(out).toMatch(/SendFunction\s+Code/);
    expect(out.match(/^ {2}good {2}/gm)).toHaveLength(5);
    expect(verdict).toBe("nothing wrong");
  });

  it("a second rollback goes further back, and not forth again", async () => {
    await rolledBack();
    await rolledBack();
    expect(version()).toBe(versions[0]);
    await expect(rolledBack()).rejects.toThrow("cannot go back to an earlier version");
  });

  it("--to chooses a version, also a later one", async () => {
    await rolledBack({ to: versions[0] ?? "" });
    expect(version()).toBe(versions[0]);
    await rolledBack({ to: versions[2] ?? "" });
    expect(version()).toBe(versions[2]);
    await expect(rolledBack({ to: "000000000000" })).rejects.toThrow(
      "cannot go back to the version 000000000000. Versions that were deployed: ",
    );
  });

  it("--list shows them, the latest first, and marks the current one", async () => {
    await rolledBack();
    const { out } = await rolledBack({ onlyList: true });
    const rows = out.split("\n").slice(1);
    expect(rows.map((row) => row.slice(0, 12))).toEqual([versions[1], versions[2], versions[1], versions[0]]);
    expect(rows[0]).toContain("current");
    expect(rows[0]).toContain(COMMIT);
    expect(rows[1]).not.toContain("current");
  });

  it("a rollback that would lose a table stops, too", async () => {
    await deployed({
      code: "3",
      resources: { NewTable: { Type: "AWS::DynamoDB::Table", DeletionPolicy: "RetainExceptOnCreate" } },
    });
    await expect(rolledBack()).rejects.toThrow("only by a person at a terminal");
    const { out } = await rolledBack({}, [STAGE]);
    expect(out).toMatch(/REMOVE NewTable .*kept outside of the stack/);
    expect(version()).toBe(versions[2]);
  });
});

describe("given more versions than are kept", () => {
  const folder = `serverless/contractspec-stripe/${STAGE}`;
  const days = (count: number) => new Date(Date.now() + count * 86_400_000);
  const keys = () => [...account.objects.keys()].map((path) => path.slice(path.indexOf("/") + 1));
  const sendCode = (code: string) => artifactKey(folder, "send", code, "zip");
  const queue = { NewQueue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "new" } } };

  it("a deployment removes what only older ones use, and leaves every version that can be rolled back to whole", async () => {
    for (let code = 0; code < KEPT_VERSIONS; code++) await deployed({ code: `${code}` });
    const [oldest = ""] = keys()
      .filter((key) => key.startsWith(`${folder}/deployments/`))
      .sort();
    await deployed({ code: "last" });
    expect(keys()).toContain(sendCode("0"));
    expect(keys()).not.toContain(oldest);

    // The code of the second version is used again; that of the first is not.
    const { out } = await deployed({ code: "1", resources: queue }, { now: days(2) });
    expect(out).toMatch(new RegExp(`Removed \\d+ files of versions before the last ${KEPT_VERSIONS} from `));
    expect(keys()).not.toContain(sendCode("0"));
    expect(keys()).toContain(sendCode("1"));
    const templates = [...account.objects].filter(([path]) => path.includes(`${folder}/templates/`));
    expect(templates).toHaveLength(KEPT_VERSIONS);
    for (const [, template] of templates)
      expect(keys()).toEqual(expect.arrayContaining(codeKeysIn(template.toString())));
    const listed = (await rolledBack({ onlyList: true })).out.split("\n").slice(1);
    expect(new Set(listed.map((row) => row.slice(0, 12))).size).toBe(KEPT_VERSIONS);
  });

  it("a deployment that cannot read what a kept version uses removes no code, and is a success", async () => {
    await deployed({ code: "1" });
    const [lost = ""] = [...account.objects.keys()].filter((path) => path.includes("/templates/"));
    await deployed({ code: "2" });
    account.objects.delete(lost);
    const { verdict, out } = await deployed({ code: "3" }, { now: days(2) });
    expect(verdict).toBe("nothing wrong");
    expect(out).toContain("Old packages were not removed from ");
    expect(account.writes.filter((write) => write.startsWith("DeleteObject"))).toEqual([]);
  });

  it("the version that a rollback goes to is kept, however long ago it was deployed", () => {
    const history = (versions: readonly string[]) =>
      versions.map((version) => ({ version, at: "", commit: "" }));
    const others = Array.from({ length: KEPT_VERSIONS + 3 }, (_, place) => `other-${place}`);
    const kept = versionsToKeep(history(["current", ...others, "current", "before", "earlier"]), "current");
    expect(kept.has("before")).toBe(true);
    expect(kept.has("earlier")).toBe(false);
    expect(kept.size).toBe(KEPT_VERSIONS + 1);
  });
});
