/** The client of applications, against an API that fails as a seed decides; and against the API's own handlers. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ApiError, Client, type Clock } from "../../client/index.ts";
import { isProblemCode, PROBLEM_KINDS, Problem, type ProblemCode } from "../../lib/errors.ts";
import { tries } from "../steps/effort.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly key: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** How the API responds to an attempt. */
type Answer =
  | { readonly kind: "outputs"; readonly body: object }
  | { readonly kind: "problem"; readonly code: ProblemCode; readonly retryAfter?: number }
  /** What API Gateway sends itself. */
  | { readonly kind: "gateway"; readonly status: number }
  | { readonly kind: "redirect"; readonly to: string }
  | { readonly kind: "broken connection" };

let api: LoopbackServer;
let answers: Answer[] = [];
const seen: Seen[] = [];
beforeAll(async () => {
  api = await loopbackServer((request, body, response) => {
    const { method = "", url = "", headers } = request;
    const key = headers["idempotency-key"]?.toString();
    seen.push({ method, url, key, authorization: headers.authorization, body: body.toString() });
    const answer = answers.shift() ?? { kind: "broken connection" };
    if (answer.kind === "broken connection") return response.destroy();
    response.setHeader("x-request-id", `request-${seen.length}`);
    if (answer.kind === "redirect") return response.writeHead(307, { location: answer.to }).end();
    if (answer.kind === "outputs") return answerJson(response, 200, answer.body);
    if (answer.kind === "gateway")
      return answerJson(response, answer.status, { message: "Internal Server Error" });
    if (answer.retryAfter !== undefined) response.setHeader("retry-after", String(answer.retryAfter));
    const document = new Problem(answer.code, `It is ${answer.code}`, { issues: [ISSUE] }).toDocument({
      requestId: "r",
    });
    return answerJson(response, document.status, document, "application/problem+json");
  });
});
afterAll(() => api.close());

const ISSUE = { path: "amount", message: "must be at least 50" };
const CUSTOMER = { customerId: "cus_1", status: "active" };

/** A clock that stands still, except while something sleeps. */
function standingClock() {
  const slept: number[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
  };
  return { clock, slept };
}

function given(...wanted: readonly Answer[]) {
  answers = [...wanted];
  seen.splice(0);
  const { clock, slept } = standingClock();
  return { client: new Client({ baseUrl: `${api.url}/`, apiKey: "key-1", clock }), slept };
}

const createCustomer = (client: Client, idempotencyKey?: string) =>
  client.call(
    "stripe-create-customer",
    { email: "ada@example.com" },
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );

/** What a call rejects with. */
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

describe("given a call of a capability", () => {
  it("it sends the inputs, the key and a new Idempotency-Key, and returns the outputs", async () => {
    const { client } = given({ kind: "outputs", body: CUSTOMER }, { kind: "outputs", body: CUSTOMER });
    expect(await createCustomer(client)).toEqual(CUSTOMER);
    await createCustomer(client, "order-1042");
    expect(seen).toMatchObject([
      {
        method: "POST",
        url: "/api/capabilities/stripe-create-customer",
        authorization: "Bearer key-1",
        body: '{"email":"ada@example.com"}',
        key: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
      { key: "order-1042" },
    ]);
  });

  it("one that only reads is sent without a key", async () => {
    const { client } = given({ kind: "outputs", body: {} });
    await client.call("stripe-get-customer", { customerId: "cus_1" });
    expect(seen).toMatchObject([{ key: undefined }]);
  });

  const retryable: fc.Arbitrary<Answer> = fc.oneof(
    fc.record({
      kind: fc.constant("problem" as const),
      code: fc.constantFrom<ProblemCode>("RATE_LIMITED", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT"),
    }),
    fc.record({
      kind: fc.constant("problem" as const),
      code: fc.constantFrom<ProblemCode>("CONFLICT", "RATE_LIMITED", "SERVICE_UNAVAILABLE"),
      retryAfter: fc.nat(30),
    }),
    fc.record({ kind: fc.constant("gateway" as const), status: fc.constantFrom(429, 500, 502, 503, 504) }),
    fc.constant({ kind: "broken connection" as const }),
  );

  it("after any failures that can pass, it is sent again with the same key, and later each time or as the API says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(retryable, { maxLength: 6 }), async (failures) => {
        const { client, slept } = given(...failures, { kind: "outputs", body: CUSTOMER });
        const outcome = await failureOf(createCustomer(client));
        expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
        expect(seen).toHaveLength(Math.min(5, failures.length + 1));
        expect(outcome === undefined).toBe(failures.length < 5);
        if (failures.length >= 5) {
          expect(outcome).toBeInstanceOf(ApiError);
          expect(outcome).toMatchObject({ idempotencyKey: seen[0]?.key });
        }
        for (const [index, ms] of slept.entries()) {
          const failure = failures[index];
          if (failure?.kind === "problem" && failure.retryAfter !== undefined)
            expect(ms).toBe(failure.retryAfter * 1000);
          else expect(ms >= 250 * 2 ** index && ms <= 500 * 2 ** index).toBe(true);
        }
      }),
      { numRuns: tries({ sample: 40, whole: 1000 }) },
    );
  });

  it.each(Object.entries(PROBLEM_KINDS).filter(([, { retryable }]) => !retryable))(
    "%s is not sent again, and rejects with the problem",
    async (code, { status }) => {
      const { client } = given({ kind: "problem", code: codeOf(code) });
      const error = await failureOf(createCustomer(client, "key-of-mine"));
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status, code, requestId: "request-1", idempotencyKey: "key-of-mine" });
      if (status < 500 && error instanceof ApiError) {
        expect(error.message).toBe(`It is ${code}`);
        expect(error.issuesOf("amount")).toEqual([ISSUE.message]);
      }
      expect(seen).toHaveLength(1);
    },
  );

  it("an aborted call is not sent, and one that is aborted while it waits is not sent again", async () => {
    const { client } = given();
    const reason = new Error("The user left");
    const signal = AbortSignal.abort(reason);
    const call = client.call("stripe-create-customer", { email: "ada@example.com" }, { signal });
    expect(await failureOf(call)).toBe(reason);
    expect(seen).toEqual([]);

    const controller = new AbortController();
    answers = [
      { kind: "gateway", status: 503 },
      { kind: "outputs", body: CUSTOMER },
    ];
    const clock: Clock = {
      now: () => 0,
      sleep: async (_ms, waiting) => {
        controller.abort(reason);
        waiting?.throwIfAborted();
      },
    };
    const waiting = new Client({ baseUrl: api.url, apiKey: "key-1", clock });
    const later = waiting.call(
      "stripe-create-customer",
      { email: "a@example.com" },
      { signal: controller.signal },
    );
    expect(await failureOf(later)).toBe(reason);
    expect(seen).toHaveLength(1);
  });

  it("a token is asked for at each attempt", async () => {
    given({ kind: "gateway", status: 503 }, { kind: "outputs", body: CUSTOMER });
    let count = 0;
    const apiKey = async () => `token-${++count}`;
    await createCustomer(new Client({ baseUrl: api.url, apiKey, clock: standingClock().clock }));
    expect(seen.map(({ authorization }) => authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
  });
});

describe("given what a client cannot repair", () => {
  it("a Retry-After of more than a minute is left to the caller", async () => {
    const { client, slept } = given({ kind: "problem", code: "RATE_LIMITED", retryAfter: 3600 });
    const error = await failureOf(createCustomer(client));
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 3_600_000 });
    expect([seen.length, slept]).toEqual([1, []]);
  });

  it("a redirect is not followed, so the key reaches nobody else", async () => {
    const { client } = given({ kind: "redirect", to: "/elsewhere" });
    expect(await failureOf(createCustomer(client))).toMatchObject({ name: "ApiError", status: 307 });
    expect(seen).toHaveLength(1);
  });

  it("a failure to get a token is passed on, and nothing is sent", async () => {
    given();
    const reason = new Error("The session has ended");
    const client = new Client({ baseUrl: api.url, apiKey: () => Promise.reject(reason) });
    expect(await failureOf(createCustomer(client))).toBe(reason);
    expect(seen).toEqual([]);
  });

  it.each([
    ["a key with a line break in it", "secret\nkey", undefined, "apiKey"],
    ["an Idempotency-Key that a header cannot hold", "secret", "order 1 – café", "idempotencyKey"],
  ])("%s is refused by name, without the key", async (_, apiKey, idempotencyKey, named) => {
    given();
    const error = await failureOf(createCustomer(new Client({ baseUrl: api.url, apiKey }), idempotencyKey));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(`${named} must be`);
    expect(String(error)).not.toContain("secret");
    expect(seen).toEqual([]);
  });

  it("an address without https:// is refused at once", () => {
    expect(() => new Client({ baseUrl: "api.example.com", apiKey: "k" })).toThrow("Invalid URL");
  });
});

describe("given lists", () => {
  it("every item is read, page by page, and no page that nobody asks for", async () => {
    const page = (ids: readonly string[], next?: string): Answer => ({
      kind: "outputs",
      body: { items: ids.map((priceId) => ({ priceId })), ...(next === undefined ? {} : { next }) },
    });
    const { client } = given(page(["a", "b"], "b"), page([], "c"), page(["d"]));
    const found: string[] = [];
    for await (const { priceId } of client.list("stripe-list-prices", { limit: 2 })) found.push(priceId);
    expect(found).toEqual(["a", "b", "d"]);
    expect(seen.map(({ body }) => JSON.parse(body))).toEqual([
      { limit: 2 },
      { limit: 2, after: "b" },
      { limit: 2, after: "c" },
    ]);
    answers = [page(["a"], "a")];
    seen.splice(0);
    for await (const _price of client.list("stripe-list-prices", {})) break;
    expect(seen).toHaveLength(1);
  });

  it("the runs of a workflow and the audit log, too", async () => {
    const { client } = given(
      { kind: "outputs", body: { items: [{ runId: "1" }], next: "x y" } },
      { kind: "outputs", body: { items: [{ runId: "2" }] } },
      { kind: "outputs", body: { entries: [{ eventId: "3" }], next: "z" } },
      { kind: "outputs", body: { entries: [] } },
    );
    const ids: string[] = [];
    for await (const { runId } of client.runs("process-payment", { status: "failed" })) ids.push(runId);
    for await (const { eventId } of client.audit({ object: "pi_1" })) ids.push(eventId);
    expect(ids).toEqual(["1", "2", "3"]);
    expect(seen.map(({ url }) => url)).toEqual([
      "/api/workflows/process-payment/runs?limit=100&status=failed",
      "/api/workflows/process-payment/runs?limit=100&status=failed&after=x%20y",
      "/api/audit?limit=100&object=pi_1",
      "/api/audit?limit=100&object=pi_1&cursor=z",
    ]);
  });
});

describe("given a run", () => {
  const RUN = { workflowId: "process-payment", runId: "run-1" } as const;
  const status = (status: string): Answer => ({ kind: "outputs", body: { ...RUN, status } });

  it("waiting for it asks less and less often, and returns it with its steps", async () => {
    const end: Answer = { kind: "outputs", body: { ...RUN, status: "failed", steps: [] } };
    const { client, slept } = given(status("running"), status("waiting"), status("failed"), end);
    expect(await client.waitForRun(RUN)).toEqual({ ...RUN, status: "failed", steps: [] });
    expect(slept).toEqual([500, 750]);
    expect(seen.map(({ url }) => url.replace(/^.*runs/, ""))).toEqual([
      "/run-1?steps=false",
      "/run-1?steps=false",
      "/run-1?steps=false",
      "/run-1",
    ]);
  });

  it("waiting ends at its limit, and the run goes on", async () => {
    const { client } = given(...Array.from({ length: 9 }, () => status("running")));
    expect(await failureOf(client.waitForRun(RUN, { timeoutMs: 2_000 }))).toMatchObject({
      name: "TimeoutError",
    });
  });
});

function codeOf(name: string): ProblemCode {
  if (!isProblemCode(name)) throw new Error(`${name} is not a code`);
  return name;
}
