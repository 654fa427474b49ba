/** Reads secrets from a small SSM on this machine, over HTTP as on AWS. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { appSecrets, forgetSecrets, secret, warmSecrets } from "../../../lib/secrets/secrets.ts";
import { openRoute } from "../../../lib/transport/http.ts";
import { queueHandler } from "../../../lib/transport/queue.ts";
import * as given from "../../steps/given.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";

const PATH = "/contractspec-stripe/dev";
const JSON_1_1 = "application/x-amz-json-1.1";

let ssm: LoopbackServer;
let parameters: Record<string, string>;
/** The parameter names of every received call. */
let calls: string[][] = [];
let refusing = false;

const log = given.capturedLog();
beforeAll(async () => {
  ssm = await loopbackServer(({ headers }, body, response) => {
    const { Names, WithDecryption } = JSON.parse(body.toString());
    expect(headers["x-amz-target"]).toBe("AmazonSSM.GetParameters");
    expect(WithDecryption).toBe(true);
    calls.push(Names);
    if (refusing)
      return answerJson(response, 400, { __type: "AccessDeniedException", message: "no" }, JSON_1_1);
    const there = Names.filter((name: string) => name in parameters);
    const Parameters = there.map((Name: string) => ({ Name, Type: "SecureString", Value: parameters[Name] }));
    const InvalidParameters = Names.filter((name: string) => !there.includes(name));
    return answerJson(response, 200, { Parameters, InvalidParameters }, JSON_1_1);
  });
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_MAX_ATTEMPTS: "1",
  });
});
beforeEach(() => {
  process.env.SECRETS_PATH = PATH;
  process.env.SECRETS = "APP_SECRET STRIPE_SECRET_KEY";
  parameters = {
    [`${PATH}/APP_SECRET`]: "app-secret-in-the-store",
    [`${PATH}/STRIPE_SECRET_KEY`]: "sk_test_in_the_store",
  };
});
afterEach(() => {
  forgetSecrets();
  for (const name of ["SECRETS_PATH", "SECRETS", "APP_SECRET", "STRIPE_SECRET_KEY"]) delete process.env[name];
  calls = [];
  refusing = false;
  log.clear();
});
afterAll(async () => {
  await ssm.close();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
const both = [`${PATH}/APP_SECRET`, `${PATH}/STRIPE_SECRET_KEY`];

describe("given a function on AWS that names two secrets", () => {
  it("both are read in one call, even if they are requested often and concurrently", async () => {
    warmSecrets();
    warmSecrets();
    const asked = await Promise.all([
      secret("APP_SECRET"),
      secret("STRIPE_SECRET_KEY"),
      secret("APP_SECRET"),
    ]);
    expect(asked).toEqual(["app-secret-in-the-store", "sk_test_in_the_store", "app-secret-in-the-store"]);
    await secret("STRIPE_SECRET_KEY");
    warmSecrets();
    expect(calls).toEqual([both]);
  });

  it.each([
    ["HTTP", () => openRoute({}, async () => ({ status: 200, body: {} }))],
    ["SQS", () => queueHandler("charge", async () => undefined)],
  ])("building its handler for %s begins to read them", async (_transport, build) => {
    build();
    await until(() => calls.length > 0);
    expect(calls).toEqual([both]);
    await secret("APP_SECRET");
    expect(calls).toHaveLength(1);
  });

  it("a secret in the environment is not read from SSM", async () => {
    process.env.APP_SECRET = "app-secret-of-the-environment";
    expect(await secret("APP_SECRET")).toBe("app-secret-of-the-environment");
    expect(await secret("STRIPE_SECRET_KEY")).toBe("sk_test_in_the_store");
    expect(calls).toEqual([[`${PATH}/STRIPE_SECRET_KEY`]]);
  });

  it("a failed read is not remembered", async () => {
    refusing = true;
    await expect(secret("APP_SECRET")).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: `SSM did not respond for ${both.join(", ")}`,
      cause: { name: "AccessDeniedException" },
    });
    refusing = false;
    expect(await secret("APP_SECRET")).toBe("app-secret-in-the-store");
    expect(calls).toHaveLength(2);
  });

  it("a failed read at start-up has no effect: the first call reads again", async () => {
    refusing = true;
    warmSecrets();
    const asked = secret("APP_SECRET");
    await until(() => calls.length > 0);
    refusing = false;
    expect(await asked).toBe("app-secret-in-the-store");
    expect(calls).toHaveLength(2);
  });

  it("a read at start-up that fails before any call leaves no unhandled rejection, which would end the process", async () => {
    const unhandled = jest.fn();
    process.on("unhandledRejection", unhandled);
    refusing = true;
    // One more call shows that the first has failed.
    await until(() => {
      warmSecrets();
      return calls.length > 1;
    });
    await new Promise(setImmediate);
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it.each([
    ["does not exist", () => delete parameters[`${PATH}/STRIPE_SECRET_KEY`]],
    ["is empty", () => (parameters[`${PATH}/STRIPE_SECRET_KEY`] = "")],
  ])(
    "one that %s is reported by name and does not affect the other; once it exists it is found",
    async (_how, remove) => {
      remove();
      expect(await secret("APP_SECRET")).toBe("app-secret-in-the-store");
      await expect(secret("STRIPE_SECRET_KEY")).rejects.toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        message: `SSM parameter ${PATH}/STRIPE_SECRET_KEY does not exist or is empty`,
      });
      parameters[`${PATH}/STRIPE_SECRET_KEY`] = "sk_test_late";
      expect(await secret("STRIPE_SECRET_KEY")).toBe("sk_test_late");
      expect(calls.at(-1)).toEqual([`${PATH}/STRIPE_SECRET_KEY`]);
    },
  );

  it("a secret that it does not name is never requested, and the error says where to add it", async () => {
    await expect(secret("STRIPE_WEBHOOK_SECRET")).rejects.toMatchObject({
      code: "INTERNAL_ERROR",
      message: expect.stringMatching(
        /^STRIPE_WEBHOOK_SECRET is neither .*"APP_SECRET STRIPE_SECRET_KEY".*resources\/grants\.ts/,
      ),
    });
    expect(calls).toEqual([]);
  });

  it("a caller gets a 503 problem that names no parameter; the log does, and no value", async () => {
    refusing = true;
    const handler = openRoute({}, async () => ({
      status: 200,
      body: { length: (await secret("APP_SECRET")).length },
    }));
    const answer = await handler(given.httpEvent({}), given.lambdaContext());
    expect(answer).toMatchObject({
      statusCode: 503,
      headers: { "content-type": "application/problem+json" },
    });
    expect(JSON.parse(answer.body ?? "")).toMatchObject({ code: "SERVICE_UNAVAILABLE", retryable: true });
    expect(answer.body).not.toContain(PATH);
    expect(log.text()).toContain('"code":"SERVICE_UNAVAILABLE"');
    expect(log.text()).not.toContain("in-the-store");
  });
});

describe("given a function that has no need of SSM", () => {
  it.each([
    ["no path is set", { SECRETS_PATH: "" }],
    [
      "the environment holds all of them",
      { APP_SECRET: "app-secret-here", STRIPE_SECRET_KEY: "sk_test_here" },
    ],
    ["none is named", { SECRETS: "" }],
  ])("nothing is read at start-up when %s", async (_when, environment) => {
    Object.assign(process.env, environment);
    warmSecrets();
    process.env.SECRETS_PATH = PATH;
    process.env.SECRETS = "STRIPE_WEBHOOK_SECRET";
    await secret("STRIPE_WEBHOOK_SECRET").catch(() => undefined);
    // By the time of this call, a read that began earlier would have arrived.
    expect(calls).toEqual([[`${PATH}/STRIPE_WEBHOOK_SECRET`]]);
  });
});

describe("given APP_SECRET", () => {
  const held = (value: string) => {
    process.env.APP_SECRET = value;
    return appSecrets();
  };

  it("the current one comes first, then the previous", async () => {
    expect(await held("secret-of-the-tests")).toEqual(["secret-of-the-tests"]);
    expect(await held(" new-secret-of-tests , old-secret-of-tests,, ")).toEqual([
      "new-secret-of-tests",
      "old-secret-of-tests",
    ]);
  });

  it("16 characters are enough, and fewer are not, in any place; the message names the parameter and no value", async () => {
    expect(await held("1234567890123456")).toHaveLength(1);
    for (const value of ["123456789012345", "1234567890123456,123456789012345"]) {
      const refused = await held(value).catch((thrown: unknown) => thrown);
      expect(refused).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
      expect(String(refused)).toMatch(/APP_SECRET contains a secret of fewer than 16/);
      expect(String(refused)).not.toContain("12345");
    }
  });

  it("commas alone are not a secret, in the parameter too", async () => {
    await expect(held(" , ")).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    delete process.env.APP_SECRET;
    parameters[`${PATH}/APP_SECRET`] = ",";
    await expect(appSecrets()).rejects.toThrow(`${PATH}/APP_SECRET contains no secret`);
  });
});
