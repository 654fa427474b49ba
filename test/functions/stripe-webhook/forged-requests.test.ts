import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../../functions/stripe-webhook/handler.ts";
import { type CountedAws, countedAws } from "../../steps/counted-aws.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { movableClock } from "../../steps/movable-clock.ts";
import { nowSeconds, signatureHeader } from "../../steps/signed.ts";
import { forgeries, isStillStripes, type Original, type WebhookRequest } from "./forgeries.ts";

const original: Original = {
  body: Buffer.from(
    '{"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":1795478400,' +
      '"data":{"object":{"id":"pi_1","object":"payment_intent","amount":1999,"currency":"eur","description":"Café, 5 €"}}}',
  ),
  timestamp: nowSeconds(),
  secrets: ["whsec_new", "whsec_old"],
};

const log = given.capturedLog();
let aws: CountedAws;
beforeAll(async () => {
  // A timestamp that is too far in the future stays so, no matter how long the test takes.
  movableClock(original.timestamp * 1000);
  aws = await countedAws();
  Object.assign(process.env, {
    SECRETS_PATH: "/contractspec-stripe/dev",
    SECRETS: "STRIPE_WEBHOOK_SECRET",
    PAYMENT_INTENT_EVENTS_QUEUE_URL: `${aws.url}/000000000000/payment-intent`,
  });
  aws.parameters.set("/contractspec-stripe/dev/STRIPE_WEBHOOK_SECRET", original.secrets.join(","));
  // The first call of this execution environment reads the secret.
  await deliver({ body: "", base64: false, headerName: "stripe-signature", header: undefined });
  expect(aws.calls).toEqual(["AmazonSSM.GetParameters"]);
});
afterAll(async () => {
  jest.useRealTimers();
  await aws.close();
});

const event = given.httpEvent({ authorizer: null, path: "/api/webhooks/stripe" });

function deliver({ body, base64, headerName, header }: WebhookRequest) {
  const headers = header === undefined ? {} : { [headerName]: header };
  return handler({ ...event, headers, body, isBase64Encoded: base64 }, given.lambdaContext());
}

const FORGERIES = tries({ sample: 1_000, whole: 100_000 });

describe("given requests that Stripe did not sign", () => {
  it(`${FORGERIES} of them through the whole handler all get the same 400, and AWS is not called`, async () => {
    const alike = JSON.stringify(await deliver({ body: "", base64: false, headerName: "", header: "" }));
    const before = aws.calls.length;
    log.clear();
    await fc.assert(
      fc.asyncProperty(forgeries(original), async (request) => {
        fc.pre(!isStillStripes(request, original));
        const answer = JSON.stringify(await deliver(request));
        if (answer !== alike) throw new Error(`The response was ${answer}`);
      }),
      { numRuns: FORGERIES },
    );
    const lines = log.lines();
    expect(JSON.parse(alike)).toMatchObject({ statusCode: 400 });
    expect(aws.calls.slice(before)).toEqual([]);
    expect(lines.filter(({ SignatureRejections }) => SignatureRejections === 1)).toHaveLength(FORGERIES);
    const reasons = Map.groupBy(lines, ({ reason }) => String(reason));
    expect([...reasons.keys()].sort()).toEqual([
      "malformed",
      "mismatch",
      "no-header",
      "timestamp",
      "too-many-signatures",
    ]);
  });
});

describe("given a request that is refused", () => {
  it("its log line counts it by stage, and by its reason", async () => {
    Object.assign(process.env, { STAGE: "dev", METRICS: "all" });
    await deliver({ body: "{}", base64: false, headerName: "stripe-signature", header: "t=1,v1=0" });
    const [line] = log.lines();
    const metric = (dimensions: string[]) =>
      expect.objectContaining({
        Dimensions: [dimensions],
        Metrics: [{ Name: "SignatureRejections", Unit: "Count" }],
      });
    expect(line).toMatchObject({
      stage: "dev",
      reason: "timestamp",
      SignatureRejections: 1,
      _aws: { CloudWatchMetrics: expect.arrayContaining([metric(["stage"]), metric(["stage", "reason"])]) },
    });
  });
});

describe("given requests with only harmless changes", () => {
  it("each is still accepted, and its event is queued", async () => {
    await fc.assert(
      fc.asyncProperty(forgeries(original), async (request) => {
        fc.pre(isStillStripes(request, original));
        const header = request.header ?? "";
        const signatures = header.split(",").filter((part) => part.trim().startsWith("v1=")).length;
        const isBounded = header.length <= 4096 && signatures <= 16;
        const before = aws.sent.length;
        expect((await deliver(request)).statusCode).toBe(isBounded ? 200 : 400);
        expect(aws.sent.slice(before)).toEqual(isBounded ? [original.body.toString()] : []);
      }),
      { numRuns: tries({ sample: 50, whole: 500 }), maxSkipsPerRun: 1_000 },
    );
  });

  it("Stripe's original request is accepted too", async () => {
    const header = signatureHeader(original.body, original.secrets, original.timestamp);
    const request = { body: original.body.toString(), base64: false, headerName: "stripe-signature", header };
    expect(isStillStripes(request, original)).toBe(true);
    expect(await deliver(request)).toMatchObject({ statusCode: 200 });
  });
});
