/** Checks functions against their grants, in a copy of the project in which several functions have a mistake. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const PROJECT = [
  "docs/notification.schema.json",
  "functions",
  "lib",
  "local",
  "languages",
  "policies",
  "resources",
  "scripts",
  "workflows",
  "package.json",
];

const project = mkdtempSync(join(tmpdir(), "check-functions-"));
let report: string[];

beforeAll(() => {
  for (const part of PROJECT) cpSync(part, join(project, part), { recursive: true });
  symlinkSync(join(process.cwd(), "node_modules"), join(project, "node_modules"));
  change("functions/pay-page/function.yml", ", pay-page]", "]");
  change("functions/stripe-create-customer/function.yml", "customers", "customers:follow");
  change("functions/read-audit/function.yml", "audit-log:read", "audit-log");
  change("functions/check-drift/function.yml", "stripe-api, ", "");
  change("functions/get-health/function.yml", "openRoutes:", "uses: [notifications]\nopenRoutes:");
  change("functions/reconcile-events/function.yml", ", event-queues:routed", "");
  change(
    "functions/authorizer/function.yml",
    "uses: [app-secret, api-keys:verify, tokens]",
    "uses: [app-secret, api-key:verify]\nuse: [tokens]",
  );
  change("functions/send-email/operation.ts", 'optionalEnv("ADMIN_EMAIL")', 'optionalEnv("ADMIN_ADDRESS")');
  change(
    "lib/events/event-queues.ts",
    '  customer: [\n    "customer.created"',
    '  payout: ["payout.paid"],\n  customer: [\n    "customer.created"',
  );
  change("lib/events/event-queues.ts", '  "customer",\n', '  "customer",\n  "payout",\n');
  cpSync(join(project, "functions/on-charge-event"), join(project, "functions/on-charges-event"), {
    recursive: true,
  });
});
afterAll(() => rmSync(project, { recursive: true }));

function change(file: string, from: string, to: string): void {
  const path = join(project, file);
  const text = readFileSync(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} does not have ${from}`);
  writeFileSync(path, text.replace(from, to));
}

/** Returns the mistakes that `npm run generate` reports. */
function generate(): string[] {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/generate.ts"], {
    cwd: project,
    encoding: "utf8",
  });
  expect(status).toBe(1);
  return stderr.split("\n");
}

describe("given a function.yml with a misspelled grant and an unknown key", () => {
  it("both are reported at their place, with a suggestion", () => {
    expect(generate().sort()).toEqual([
      "",
      'functions/authorizer/function.yml:6:20 unknown grant "api-key:verify"; did you mean "api-keys:verify"?',
      'functions/authorizer/function.yml:7:1 unknown key "use" in the function; did you mean "uses"?',
    ]);
  });
});

describe("given functions with missing or unused grants", () => {
  beforeAll(() => {
    change(
      "functions/authorizer/function.yml",
      "uses: [app-secret, api-key:verify]\nuse: [tokens]",
      "uses: [app-secret, api-keys:verify, tokens]",
    );
    report = generate();
  });

  it.each([
    [
      "an environment variable that its code reads",
      /^lib\/stripe\/publishable-key\.ts:\d+:\d+ functions\/pay-page reads the environment variable STRIPE_PUBLISHABLE_KEY here, .* add pay-page to uses in functions\/pay-page\/function\.yml$/,
    ],
    [
      "an environment variable that no grant gives",
      /^functions\/send-email\/operation\.ts:\d+:\d+ functions\/send-email reads the environment variable ADMIN_ADDRESS here, .* no grant of resources\/grants\.ts does: add it there$/,
    ],
    [
      "a secret that its code reads",
      /^lib\/stripe\/stripe-client\.ts:\d+:\d+ functions\/check-drift asks for the secret STRIPE_SECRET_KEY here, .* add stripe-api to/,
    ],
    [
      "an AWS operation that its code calls",
      /^lib\/aws\/dynamodb\.ts:\d+:\d+ functions\/read-audit can call dynamodb:Query here, .*audit-log:read/,
    ],
    [
      "an operation on a table that its role allows only on another table",
      /^lib\/customers\/customer-mapping\.ts:\d+:\d+ functions\/stripe-create-customer can call dynamodb:\w+ on CUSTOMERS_TABLE here, .* add customers to/,
    ],
    [
      "the queues that its code sends to",
      /^lib\/events\/enqueue\.ts:\d+:\d+ functions\/reconcile-events sends to the event queues here, .* add event-queues or event-queues:routed to/,
    ],
    [
      "a grant that its code does not use",
      /^functions\/get-health\/function\.yml:3:8 the grant notifications gives functions\/get-health ACCESS_GRACE_DAYS, NOTIFICATIONS_TOPIC_ARN, sns:Publish, which its code does not use/,
    ],
    [
      "a new queue without a consumer",
      /^lib\/events\/event-queues\.ts:\d+:3 no function consumes the queue "payout": add functions\/on-payout-event\/handler\.ts$/,
    ],
    [
      "a new consumer without a queue",
      /^functions\/on-charges-event\/handler\.ts:1:1 no event is routed to "charges", so neither the webhook nor the reconciler knows its queue: .*; did you mean "charge"\?$/,
    ],
  ])("%s is reported with its place and what to do", (_what, line) => {
    expect(report).toContainEqual(expect.stringMatching(line));
  });
});
