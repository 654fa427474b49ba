/** The suite with which `npm run client -- runtimes` tries the client, and that command. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ApiError, Client, type ClientOptions, constructNotification } from "../../client/index.ts";
import { clientCommand } from "../../scripts/client/command.ts";
import { runClient } from "../../scripts/client/run.ts";
import { type ClientModule, runSuite } from "../../scripts/client/runtimes/suite.ts";
import { type SuiteApi, startSuiteApi } from "../../scripts/client/runtimes/suite-api.ts";
import { runHere } from "../steps/commands.ts";

let api: SuiteApi;
beforeAll(async () => {
  api = await startSuiteApi();
});
afterAll(() => api.close());

/** The checks that this client fails. */
const failedBy = async (module: ClientModule) =>
  (await runSuite(module, api.url)).filter(({ mistake }) => mistake !== undefined).map(({ check }) => check);

/** The client in a runtime whose `fetch` sends this instead. */
function clientThatSends(change: (init: RequestInit) => RequestInit): ClientModule {
  class Changed extends Client {
    constructor(options: ClientOptions) {
      super({ ...options, fetch: (url, init = {}) => fetch(url, change(init)) });
    }
  }
  return { Client: Changed, ApiError, constructNotification };
}

describe("given the suite of the client", () => {
  it("the client passes", async () => {
    expect(await failedBy({ Client, ApiError, constructNotification })).toEqual([]);
  });

  it.each<[string, string, ClientModule]>([
    [
      "a redirect is not followed",
      "follows redirects",
      clientThatSends((init) => ({ ...init, redirect: "follow" })),
    ],
    [
      "a call is sent again with its key after a 503 and a broken connection",
      "sends another key each time",
      clientThatSends(({ headers, ...init }) => ({
        ...init,
        headers: { ...Object(headers), "idempotency-key": crypto.randomUUID() },
      })),
    ],
    [
      "a call returns the outputs",
      "sends no key",
      clientThatSends(({ headers, ...init }) => ({
        ...init,
        headers: { ...Object(headers), "idempotency-key": "" },
      })),
    ],
    [
      "a problem rejects with an ApiError",
      "has another class of errors",
      { Client, ApiError: class Other extends ApiError {}, constructNotification },
    ],
    [
      "a key that no header can hold is refused",
      "ignores the key",
      {
        Client: class extends Client {
          constructor(options: ClientOptions) {
            super({ ...options, apiKey: "key" });
          }
        },
        ...{ ApiError, constructNotification },
      },
    ],
    [
      "a signed notification is believed, and an altered one is not",
      "believes everything",
      { Client, ApiError, constructNotification: async (body) => JSON.parse(body.toString()) },
    ],
  ])("it notices by the check %j a client that %s", async (check, _, module) => {
    expect(await failedBy(module)).toContain(check);
  });
});

describe("given npm run client -- runtimes", () => {
  it("it runs the suite in Node, with the module that applications install", async () => {
    const { status, out } = await runHere(clientCommand, runClient, "runtimes node");
    expect({ status, out }).toEqual({
      status: 0,
      out: `node  ${process.versions.node}  10 of 10 checks passed\n`,
    });
  });

  it("an unknown runtime is refused by name", async () => {
    const { status, err } = await runHere(clientCommand, runClient, "runtimes nodee");
    expect({ status, err }).toMatchObject({
      status: 2,
      err: expect.stringContaining('did you mean "node"?'),
    });
  });
});
