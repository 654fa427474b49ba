/** Approvals from end to end: the routes, over their handlers, and `npm run approvals`, on the same tables. */
import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler as decide } from "../../../functions/decide-approval/handler.ts";
import { handler as readApprovals } from "../../../functions/read-approvals/handler.ts";
import { handler as createPayment } from "../../../generated/handlers/stripe-create-payment-intent.ts";
import { findEntries } from "../../../lib/audit/query.ts";
import { checkPrincipal } from "../../../lib/identity/api-key-record.ts";
import { approvalsCommand } from "../../../scripts/approvals/command.ts";
import { runApprovals } from "../../../scripts/approvals/run.ts";
import { operatorOf } from "../../../scripts/operator/operator-of.ts";
import { runHere } from "../../steps/commands.ts";
import { deployedStages } from "../../steps/deployed-stages.ts";
import { mistakesOf } from "../../steps/described-response.ts";
import * as given from "../../steps/given.ts";
import { type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import { callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";
import * as when from "../../steps/when.ts";

given.localAws(given.DEPLOYED_NAMES);
const log = given.capturedLog();
const stripe = stripeOfTheFile();
deployedStages("dev");
const OPERATOR = "arn:aws:sts::000000000000:assumed-role/Admin/ada";
let sts: LoopbackServer;
beforeAll(async () => {
  sts = await loopbackServer((_request, _body, response) =>
    response
      .writeHead(200, { "content-type": "text/xml" })
      .end(
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${OPERATOR}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      ),
  );
  process.env.AWS_ENDPOINT_URL_STS = sts.url;
});
afterAll(() => sts.close());

const agent = keyOf("agent");
const pay = callOf(createPayment, "stripe-create-payment-intent");
const LARGE = { amount: 60_000, currency: "usd", description: "Ten chairs" };
const approvals = (...words: string[]) =>
  runHere(approvalsCommand, runApprovals, [...words, "--stage", "dev"]);

/** A call of the routes, whose response must be as docs/openapi.json describes it. */
async function responseOf(
  role: string,
  path: string,
  { approvalId, query, body }: { approvalId?: string; query?: Record<string, string>; body?: object } = {},
) {
  const method = path.endsWith("e") || path.endsWith("t") ? "POST" : "GET";
  const { status, body: answered } = await when.callsForJson(method === "POST" ? decide : readApprovals, {
    method,
    path: path.replace("{approvalId}", approvalId ?? ""),
    authorizer: keyOf(role),
    ...(approvalId === undefined ? {} : { pathParameters: { approvalId } }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
  });
  expect(mistakesOf(method.toLowerCase(), path, status, answered)).toEqual([]);
  return { status, body: answered };
}

const LIST = "/api/approvals";
const ONE = "/api/approvals/{approvalId}";
const APPROVE = `${ONE}/approve`;
const REJECT = `${ONE}/reject`;

/** A large payment of the agent that waits. */
async function aWaitingCall() {
  const key = randomUUID();
  const call = () => {
    // A command on a stage takes it away: Stripe's key is never read from the shell.
    process.env.STRIPE_SECRET_KEY = "sk_test_local";
    return pay(LARGE, { key, authorizer: agent });
  };
  const { status, body } = await call();
  expect({ status, code: body.code }).toEqual({ status: 403, code: "APPROVAL_REQUIRED" });
  expect(mistakesOf("post", "/api/capabilities/stripe-create-payment-intent", status, body)).toEqual([]);
  const approvalId: string = body.approval.approvalId;
  return { call, approvalId };
}

const stepsOf = async (approvalId: string) => {
  const now = new Date(Date.now() + 1);
  const { entries } = await findEntries({ object: approvalId, from: new Date(0), to: now, limit: 20 }, now);
  return entries.map(({ eventType, result, code, actor }) =>
    [eventType, result, code, actor.id].filter(Boolean).join(" "),
  );
};

describe("given a large payment of an agent", () => {
  it("an operator finds and approves it, and the repeated call makes it, once; the audit log has every step", async () => {
    const { call, approvalId } = await aWaitingCall();
    const listed = await approvals("list");
    expect(listed).toMatchObject({ status: 0, err: "" });
    expect(listed.out).toContain(`${approvalId}  pending  invoke stripe-create-payment-intent  agent key`);
    const shown = await approvals("show", approvalId);
    expect(shown.out).toContain('"amount": 60000');
    expect(shown.out).toContain("needs an approval for a payment above 500.00 US dollars");

    const approved = await approvals("approve", approvalId, "--comment", "as agreed");
    expect(approved).toMatchObject({ status: 0, err: "" });
    expect(approved.out).toMatch(
      new RegExp(
        `^${approvalId} is approved: invoke stripe-create-payment-intent by agent key. It can be made until `,
      ),
    );
    const made = await call();
    expect(made.status).toBe(200);
    const repeated = await call();
    expect(repeated).toMatchObject({ status: 200, body: { paymentIntentId: made.body.paymentIntentId } });
    expect(repeated.headers["idempotency-replayed"]).toBe("true");
    expect(
      (await stripe.api.paymentIntents.list()).data.filter(({ amount }) => amount === 60_000),
    ).toHaveLength(1);
    expect((await approvals("show", approvalId)).out).toMatch(/status +used[\s\S]*comment +"as agreed"/);
    expect((await stepsOf(approvalId)).sort()).toEqual([
      `approval.approved succeeded operator:${OPERATOR}`,
      "capability.invoked denied APPROVAL_REQUIRED agent key",
      "capability.invoked replayed agent key",
      "capability.invoked succeeded agent key",
    ]);
  });

  it("another principal approves it over HTTP, with the same response when the request is repeated", async () => {
    const { call, approvalId } = await aWaitingCall();
    const body = { comment: "as agreed" };
    const approved = { status: 200, body: { status: "approved", decidedBy: "approver key", ...body } };
    expect(await responseOf("approver", ONE, { approvalId })).toMatchObject({ body: { status: "pending" } });
    expect(await responseOf("approver", APPROVE, { approvalId, body })).toMatchObject(approved);
    expect(await responseOf("approver", APPROVE, { approvalId })).toMatchObject(approved);
    expect(await responseOf("admin", REJECT, { approvalId })).toMatchObject({ status: 409 });
    expect(await call()).toMatchObject({ status: 200 });
    expect(await responseOf("admin", APPROVE, { approvalId })).toMatchObject({
      status: 409,
      body: { detail: "The approval is already used; only a pending one can be decided" },
    });
  });

  it("rejected, it is refused, and the caller reads why", async () => {
    const { call, approvalId } = await aWaitingCall();
    expect(await responseOf("approver", REJECT, { approvalId })).toMatchObject({
      status: 200,
      body: { status: "rejected" },
    });
    expect(await call()).toMatchObject({
      status: 403,
      body: { code: "FORBIDDEN", approval: { approvalId, status: "rejected" } },
    });
    expect(await approvals("approve", approvalId)).toMatchObject({
      status: 2,
      err: "The approval is already rejected; only a pending one can be decided\n",
    });
    expect(await stepsOf(approvalId)).toContain(`approval.approved failed CONFLICT operator:${OPERATOR}`);
  });

  it("only the roles admin and approver may read and decide, and nobody its own call", async () => {
    const { approvalId } = await aWaitingCall();
    for (const role of ["agent", "checkout", "billing", "support", "readonly"]) {
      expect(await responseOf(role, LIST)).toMatchObject({ status: 403 });
      expect(await responseOf(role, ONE, { approvalId })).toMatchObject({ status: 403 });
      expect(await responseOf(role, APPROVE, { approvalId })).toMatchObject({ status: 403 });
      expect(await responseOf(role, REJECT, { approvalId })).toMatchObject({ status: 403 });
    }
    const own = { principalId: "agent key", roles: '["agent", "approver", "admin"]' };
    for (const verb of ["approve", "reject"])
      expect(
        await when.callsForJson(decide, {
          path: `/api/approvals/${approvalId}/${verb}`,
          pathParameters: { approvalId },
          authorizer: own,
        }),
      ).toMatchObject({ status: 403, body: { detail: expect.stringContaining("a call of its own") } });
    expect(await responseOf("admin", ONE, { approvalId })).toMatchObject({ body: { status: "pending" } });
  });

  it("what a contract keeps from the audit log is not in its preview", async () => {
    const key = randomUUID();
    const inputs = { ...LARGE, receiptEmail: "ada@example.com", metadata: { note: "call Ada" } };
    const { body } = await pay(inputs, { key, authorizer: agent });
    const { approvalId } = body.approval;
    const read = await responseOf("admin", ONE, { approvalId });
    expect(read.body.input).toMatchObject({ amount: 60_000, currency: "usd" });
    expect(JSON.stringify(read.body)).not.toContain("ada@example.com");
    expect(JSON.stringify(read.body)).not.toContain("call Ada");
    expect(JSON.stringify(log.lines())).not.toContain("ada@example.com");
  });
});

describe("given several approvals", () => {
  it("a page has the newest first, of one status or of all, and says how to get the next one", async () => {
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push((await aWaitingCall()).approvalId);
    const [first = "", second = "", third = ""] = ids;
    await responseOf("approver", REJECT, { approvalId: second });
    const idsOf = ({ items }: { items: { approvalId: string }[] }) =>
      items.map(({ approvalId }) => approvalId);
    const page = await responseOf("approver", LIST, { query: { status: "pending", limit: "1" } });
    expect(idsOf(page.body)).toEqual([third]);
    const next = await responseOf("approver", LIST, {
      query: { status: "pending", limit: "1", after: page.body.next },
    });
    expect(idsOf(next.body)).toEqual([first]);
    const all = await responseOf("approver", LIST, { query: { limit: "3" } });
    expect(idsOf(all.body)).toEqual([third, second, first]);
    expect(idsOf((await responseOf("approver", LIST, { query: { status: "expired" } })).body)).toEqual([]);
  });

  it.each([
    [{ status: "open" }, "query.status"],
    [{ limit: "0" }, "query.limit"],
    [{ after: "x" }, "query.after"],
    [{ color: "red" }, "query.color"],
  ])("a list with %j is refused, naming %s", async (query, path) => {
    expect(await responseOf("approver", LIST, { query })).toMatchObject({
      status: 422,
      body: { issues: [{ path }] },
    });
  });

  it.each([
    ["a text that is not an id", "x", 404],
    ["an id that does not exist", `apr_${"a".repeat(32)}`, 404],
  ])("%s is not found", async (_what, approvalId, status) => {
    expect(await responseOf("approver", ONE, { approvalId })).toMatchObject({ status });
    expect(await responseOf("approver", APPROVE, { approvalId })).toMatchObject({ status });
    expect(await responseOf("agent", APPROVE, { approvalId })).toMatchObject({ status: 403 });
  });

  it.each([
    [{ comment: "" }, 422],
    [{ comment: 5 }, 422],
    [{ comment: "x".repeat(501) }, 422],
    [{ comment: "4242 4242 4242 4242" }, 422],
    [{ comment: "ok", amount: 5 }, 422],
  ])("a decision with the body %j is refused", async (body, status) => {
    const { approvalId } = await aWaitingCall();
    expect(await responseOf("approver", APPROVE, { approvalId, body })).toMatchObject({ status });
    expect(await responseOf("approver", ONE, { approvalId })).toMatchObject({ body: { status: "pending" } });
  });
});

describe("npm run approvals", () => {
  it.each([
    [["show", "x"], "Name the approval by its id, apr_ and 32 letters"],
    [["list", "--status", "open"], "--status must be one of pending, approved, rejected, expired, used"],
    [
      ["approve", `apr_${"a".repeat(32)}`, "--comment", "4242424242424242"],
      "must not contain the number of a card",
    ],
    [["reject", `apr_${"a".repeat(32)}`], "approvalId is not the id of an approval"],
  ])("%j ends with 2 and says what is wrong", async (words, says) => {
    expect(await approvals(...words)).toMatchObject({ status: 2, err: expect.stringContaining(says) });
  });

  it("prints JSON as the API returns it", async () => {
    const { approvalId } = await aWaitingCall();
    const { out } = await approvals("list", "--json", "--limit", "1");
    expect(JSON.parse(out)).toMatchObject({ items: [{ approvalId, status: "pending" }] });
  });

  it("on the local stack, the operator is the user of this machine; no key can have an operator's name", async () => {
    expect(await operatorOf({})).toEqual({ id: `operator:${userInfo().username}`, roles: [] });
    expect(() => checkPrincipal({ id: "Operator:ada", roles: ["admin"] })).toThrow("must not be");
  });
});
