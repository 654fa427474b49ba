/** `npm run keys` on a DynamoDB emulator on this machine. */
import { readFileSync } from "node:fs";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { keyIdOf } from "../../lib/identity/api-key.ts";
import { identifyApiKey } from "../../lib/identity/api-keys.ts";
import { startDynamoDb } from "../../local/dynamodb.ts";
import type { Emulator } from "../../local/emulator-thread.ts";
import { keysCommand } from "../../scripts/keys/command.ts";
import { keyTable } from "../../scripts/keys/key-table.ts";
import { runKeys } from "../../scripts/keys/run.ts";
import { askedFor, runHere, spawned } from "../steps/commands.ts";
import { deployedStages } from "../steps/deployed-stages.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const SECONDS = NOW.getTime() / 1000;

describe("given the words of a command", () => {
  const command = (words: string) => askedFor(keysCommand, words, NOW);

  it.each<[string, object]>([
    [
      "create --principal shop --role checkout --role support --role checkout --customer cus_1 --expires 90d",
      {
        action: "create",
        principal: { id: "shop", roles: ["checkout", "support"], customerId: "cus_1" },
        expiresAt: SECONDS + 90 * 86_400,
      },
    ],
    [
      "create --principal shop --role admin",
      { action: "create", principal: { id: "shop", roles: ["admin"] } },
    ],
    ["list", { action: "list" }],
    ["revoke key_0123456789abcdef", { action: "revoke", keyId: "key_0123456789abcdef" }],
    [
      "rotate key_0123456789abcdef",
      { action: "rotate", keyId: "key_0123456789abcdef", graceSeconds: 86_400 },
    ],
    [
      "rotate key_0123456789abcdef --grace 2h --expires 2027-01-01",
      {
        action: "rotate",
        keyId: "key_0123456789abcdef",
        graceSeconds: 7_200,
        expiresAt: Date.parse("2027-01-01T00:00:00Z") / 1000,
      },
    ],
  ])("%s is understood", (words, expected) => {
    expect(command(words)).toEqual(expected);
  });

  it.each([
    ["", "Name a command: create, list, revoke, rotate"],
    ["delete key_0123456789abcdef", 'Unknown command "delete"'],
    ["create --role admin", "needs --principal"],
    ["create --principal shop --role admin shop", "create takes no arguments"],
    ["create --principal shop --grace 2h", "create has no option --grace"],
    ["list --principal shop", "list has no option --principal"],
    ["list --color red", "list has no option --color; known: --stage, --region, --help"],
    ["revoke", "revoke needs <key id>, key_ and 16 digits"],
    ["revoke local-dev-key", "Name the key by its id"],
    ["revoke key_0123456789abcdef key_0123456789abcdef", "revoke takes no further arguments"],
    ["rotate key_0123456789abcdef --grace soon", "--grace must be a time, such as 90d"],
    ["create --principal shop --expires 2027-02-30", "--expires must be a time"],
    ["create --principal shop --expires 90", "or a day in UTC, such as 2027-01-01"],
    ["list --stage ../prod", "--stage must be the name of a stage"],
  ])("%s is refused: %s", (words, message) => {
    expect(() => command(words)).toThrow(message);
  });

  it("for a key in place of its id, the message contains the id and not the key", () => {
    expect(() => command("revoke csk_leaked")).toThrow(`this key has the id ${keyIdOf("csk_leaked")}`);
    expect(() => command("revoke csk_leaked")).not.toThrow("csk_leaked");
  });

  it.each(["csk_leaked", "--csk_leaked", "list --csk_leaked=1"])(
    "a key in a wrong place is not repeated: %s",
    (words) => {
      expect(() => command(words)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
      expect(() => command(words)).not.toThrow("csk_leaked");
    },
  );
});

describe("given keys in every state", () => {
  it("the table shows for each key whether it works, for whom, and since when", () => {
    const key = {
      principal: { id: "shop", roles: ["checkout", "support"] },
      createdAt: "2026-11-01T08:00:00.000Z",
    };
    const table = keyTable(
      [
        { ...key, keyId: "key_1" },
        { ...key, keyId: "key_2", expiresAt: SECONDS + 60, replacedBy: "key_1" },
        { ...key, keyId: "key_3", expiresAt: SECONDS },
        {
          keyId: "key_4",
          principal: { id: "till", roles: ["admin"], customerId: "cus_1" },
          createdAt: "2026-11-02T08:00:00.000Z",
          revokedAt: "2026-11-24T09:30:59.999Z",
          lastUsedAt: "2026-11-24T09:00:00.000Z",
        },
      ],
      NOW,
    );
    expect(table).toBe(
      [
        "KEY ID  PRINCIPAL  ROLES             CUSTOMER  STATE                                        CREATED           LAST USED",
        "key_1   shop       checkout,support  every     active                                       2026-11-01 08:00  never",
        "key_2   shop       checkout,support  every     expires 2026-11-25 12:01, replaced by key_1  2026-11-01 08:00  never",
        "key_3   shop       checkout,support  every     expired 2026-11-25 12:00                     2026-11-01 08:00  never",
        "key_4   till       admin             cus_1     revoked 2026-11-24 09:30                     2026-11-02 08:00  2026-11-24 09:00",
      ].join("\n"),
    );
  });
});

describe("given a table of keys", () => {
  let dynamodb: Emulator;
  let client: DynamoDBClient;

  deployedStages("prod", "removed");
  beforeAll(async () => {
    dynamodb = await startDynamoDb({ port: 0, region: "us-east-1" });
    Object.assign(process.env, {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      DYNAMODB_PORT: new URL(dynamodb.url).port,
    });
    client = new DynamoDBClient({});
    for (const stage of ["dev", "prod"]) {
      await client.send(
        new CreateTableCommand({
          TableName: `contractspec-stripe-${stage}-api-keys`,
          AttributeDefinitions: [{ AttributeName: "keyId", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "keyId", KeyType: "HASH" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
    }
  });
  afterAll(async () => {
    client.destroy();
    await dynamodb.close();
  });

  const spoken: string[] = [];

  async function keys(words: string) {
    const ended = await runHere(keysCommand, runKeys, words);
    spoken.push(ended.err);
    return ended;
  }

  it("a key is created, listed, rotated and revoked on the local stack, and is shown once, on standard output only", async () => {
    const made = await keys("create --principal shop --role checkout --expires 90d");
    expect(made).toMatchObject({ status: 0, out: expect.stringMatching(/^csk_[\w-]{43}\n$/) });
    const key = made.out.trim();
    expect(made.err).toContain(`Created ${keyIdOf(key)} for shop`);

    process.env.API_KEYS_TABLE = "contractspec-stripe-dev-api-keys";
    expect(await identifyApiKey(key, new Date())).toEqual({
      ok: true,
      principal: { id: "shop", roles: ["checkout"] },
      expiresAt: expect.any(Number),
    });

    const rotated = await keys(`rotate ${keyIdOf(key)} --grace 1h`);
    expect(rotated).toMatchObject({ status: 0, out: expect.stringMatching(/^csk_[\w-]{43}\n$/) });
    const next = rotated.out.trim();
    expect(rotated.err).toContain(`Created ${keyIdOf(next)} for shop; ${keyIdOf(key)} works until 20`);

    const revoked = await keys(`revoke ${keyIdOf(next)}`);
    expect(revoked).toMatchObject({ status: 0, out: "" });
    expect(revoked.err).toContain(
      `Revoked ${keyIdOf(next)} of shop. The API can still accept it for up to 60 seconds`,
    );
    expect(await identifyApiKey(next, new Date())).toEqual({ ok: false, refusal: "revoked-key" });

    const { out: list } = await keys("list");
    expect(list.split("\n").filter((line) => line.startsWith("key_"))).toEqual([
      expect.stringMatching(new RegExp(`^${keyIdOf(next)} +shop +checkout +every +revoked 20`)),
      expect.stringMatching(new RegExp(`^${keyIdOf(key)} +shop .*expires 20.*replaced by ${keyIdOf(next)}`)),
    ]);
    for (const secret of [key, next]) expect(list + spoken.join()).not.toContain(secret);
    expect(list).not.toMatch(/[0-9a-f]{64}/);
  });

  it("--stage selects the table of that stage", async () => {
    const { out } = await keys("create --principal till --role support --stage prod");
    process.env.API_KEYS_TABLE = "contractspec-stripe-prod-api-keys";
    expect(await identifyApiKey(out.trim(), new Date())).toMatchObject({ ok: true });
    process.env.API_KEYS_TABLE = "contractspec-stripe-dev-api-keys";
    expect(await identifyApiKey(out.trim(), new Date())).toEqual({ ok: false, refusal: "unknown-key" });
  });

  it.each([
    ["a mistake", "create --principal jwt:ada --role admin", "principal must not begin with jwt:"],
    ["an unknown key", "revoke key_0000000000000000", "Key key_0000000000000000 does not exist in the table"],
    ["an unknown stage", "list --stage nowhere", "SSM has no parameter /contractspec-stripe/nowhere/TABLES"],
    ["a stage without its tables", "list --stage removed", "tables contractspec-stripe-removed-*"],
    ["a wrong option", "list --sage prod", "did you mean --stage?\n\nnpm run -s keys -- list"],
  ])(
    "%s ends it with 2 and a sentence, and prints nothing on standard output",
    async (_what, words, message) => {
      expect(await keys(words)).toEqual({ status: 2, out: "", err: expect.stringContaining(message) });
    },
  );

  it("the message for a stage that is not deployed differs from that for a stack that is not running", async () => {
    const { err } = await keys("list --stage nowhere");
    expect(err).toContain("Is nowhere deployed in that region (--region)");
  });

  it("a wrong .env ends it with 2 before any service is called", async () => {
    process.env.STRIPE_SECRET_KEY = "sk_live_51abc";
    const ended = await keys("list");
    delete process.env.STRIPE_SECRET_KEY;
    expect(ended).toEqual({
      status: 2,
      out: "",
      err: expect.stringContaining("STRIPE_SECRET_KEY is a live key"),
    });
  });

  it("for a role that no rule mentions, no key is created, and it ends with 2 and the nearest role", async () => {
    expect(await keys("create --principal shop --role admin --role chekout")).toEqual({
      status: 2,
      out: "",
      err: '--role chekout: no rule of policies/ mentions the role "chekout"; did you mean "checkout"?\n',
    });
    expect((await keys("create --principal shop --role cashier")).err).toMatch(
      /known: admin, (\w+, )*readonly, /,
    );
    expect((await keys("create --principal shop --role csk_leaked")).err).not.toContain("csk_leaked");
  });

  it("as a process without a stack, it ends with 2, says what it called and what to do, and shows no stack trace", async () => {
    const { status, out, err } = await spawned("keys", "list", { DYNAMODB_PORT: "1" });
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^DynamoDB did not complete the request: .*ECONNREFUSED/),
      "Called: DynamoDB, http://127.0.0.1:1, tables contractspec-stripe-dev-*",
      "Is the local stack running (npm start)? For a deployed stage, name it with --stage.",
    ]);
  });

  it("package.json runs it, and installs missing dependencies first", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(scripts).toMatchObject({
      keys: "npm run -s preflight && npm run -s keys:run --",
      "keys:run": "node scripts/keys.ts",
    });
  });
});
