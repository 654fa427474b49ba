/** One warm execution environment, with a clock that the test moves, while the webhook's secret is rolled at Stripe. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../../functions/stripe-webhook/handler.ts";
import { forgetSecrets, WEBHOOK_SECRET_MAX_AGE_MS } from "../../../lib/secrets/secrets.ts";
import { type CountedAws, countedAws } from "../../steps/counted-aws.ts";
import { tries } from "../../steps/effort.ts";
import { httpEvent, lambdaContext } from "../../steps/given.ts";
import { movableClock } from "../../steps/movable-clock.ts";
import { signatureHeader } from "../../steps/signed.ts";

const PARAMETER = "/contractspec-stripe/dev/STRIPE_WEBHOOK_SECRET";

let aws: CountedAws;
let clock: ReturnType<typeof movableClock>;
beforeAll(async () => {
  aws = await countedAws();
  Object.assign(process.env, {
    SECRETS_PATH: "/contractspec-stripe/dev",
    SECRETS: "STRIPE_WEBHOOK_SECRET",
    PAYMENT_INTENT_EVENTS_QUEUE_URL: `${aws.url}/000000000000/payment-intent`,
  });
  clock = movableClock();
});
afterAll(async () => {
  jest.useRealTimers();
  await aws.close();
});

/** A new execution environment, in which nothing is remembered. */
function coldStart(held: string) {
  forgetSecrets();
  aws.parameters.set(PARAMETER, held);
  aws.ssmFails = false;
  aws.calls.length = 0;
  aws.sent.length = 0;
}
beforeEach(() => coldStart("whsec_old"));

const BODY =
  '{"id":"evt_1","type":"payment_intent.succeeded","created":1,"data":{"object":{"id":"pi_1","note":"5 €"}}}';

interface Sending {
  readonly base64?: boolean;
  readonly headerName?: string;
  readonly body?: string;
}

/** The response to an event that Stripe signs now with each of these secrets. */
async function deliver(
  secrets: readonly string[],
  { base64 = false, headerName = "Stripe-Signature", body = BODY }: Sending = {},
): Promise<number | undefined> {
  const headers = { [headerName]: signatureHeader(body, secrets) };
  return (await handler(httpEvent({ authorizer: null, headers, body, base64 }), lambdaContext())).statusCode;
}

const readings = () => aws.calls.filter((call) => call.startsWith("AmazonSSM")).length;

/** Some deliveries, each after a pause. */
const deliveries = fc.array(
  fc.record({
    afterMs: fc.nat(WEBHOOK_SECRET_MAX_AGE_MS * 2),
    newFirst: fc.boolean(),
    base64: fc.boolean(),
    headerName: fc.mixedCase(fc.constant("stripe-signature")),
    body: fc
      .string({ unit: "grapheme" })
      .map((note) => BODY.replace("5 €", () => JSON.stringify(note).slice(1, -1))),
  }),
  { maxLength: 6 },
);

describe("given a rotation as docs/deploy.md describes it", () => {
  it("no event is refused, plain or base64, for any case of the header's name, before, during and after the rotation", async () => {
    const list = fc.constantFrom("whsec_new,whsec_old", " whsec_old , whsec_new ");
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(deliveries, deliveries, deliveries, deliveries, deliveries),
        list,
        async ([before, rolled, listed, overlapEnded, done], bothSecrets) => {
          coldStart("whsec_old");
          let expected = 0;
          const arrive = async (secrets: readonly string[], some: typeof before) => {
            for (const { afterMs, newFirst, ...sending } of some) {
              clock.advance(afterMs);
              expected += 1;
              expect(await deliver(newFirst ? secrets.toReversed() : secrets, sending)).toBe(200);
            }
          };
          await arrive(["whsec_old"], before);
          await arrive(["whsec_old", "whsec_new"], rolled);
          aws.parameters.set(PARAMETER, bothSecrets);
          await arrive(["whsec_old", "whsec_new"], listed);
          clock.advance(WEBHOOK_SECRET_MAX_AGE_MS);
          await arrive(["whsec_new"], overlapEnded);
          aws.parameters.set(PARAMETER, "whsec_new");
          await arrive(["whsec_new"], done);
          expect(aws.sent).toHaveLength(expected);
        },
      ),
      { numRuns: tries({ sample: 25, whole: 100 }) },
    );
  });
});

describe("given a secret that is rolled immediately, because it leaked", () => {
  it("the new secret is accepted and the old one refused once the cached secrets are five minutes old", async () => {
    expect(await deliver(["whsec_old"])).toBe(200);
    aws.parameters.set(PARAMETER, "whsec_new");
    clock.advance(WEBHOOK_SECRET_MAX_AGE_MS - 1);
    // Stripe sends the refused event again.
    expect(await deliver(["whsec_new"])).toBe(400);
    clock.advance(1);
    expect(await deliver(["whsec_new"])).toBe(200);
    expect(await deliver(["whsec_old"])).toBe(400);
  });
});

describe("given secrets that are read again", () => {
  it("the clock decides when they are read, not the number of refused requests in between", async () => {
    for (let minute = 0; minute <= 20; minute += 1) {
      for (let request = tries({ sample: 10, whole: 50 }); request > 0; request -= 1) {
        expect(await deliver(["whsec_forged"])).toBe(400);
      }
      clock.advance(60_000);
    }
    // At the start, and after 5, 10, 15 and 20 minutes.
    expect(aws.calls).toEqual(Array(5).fill("AmazonSSM.GetParameters"));
  });

  it("if SSM does not respond, the cached secrets stay valid, and SSM is asked again five minutes later", async () => {
    expect(await deliver(["whsec_old"])).toBe(200);
    aws.ssmFails = true;
    clock.advance(WEBHOOK_SECRET_MAX_AGE_MS);
    expect(await deliver(["whsec_old"])).toBe(200);
    // SSM is asked twice, because the SDK tries again.
    const asked = readings();
    expect(asked).toBeGreaterThan(1);
    expect(await deliver(["whsec_old"])).toBe(200);
    expect(readings()).toBe(asked);
    aws.ssmFails = false;
    aws.parameters.set(PARAMETER, "whsec_new");
    clock.advance(WEBHOOK_SECRET_MAX_AGE_MS);
    expect(await deliver(["whsec_new"])).toBe(200);
    expect(readings()).toBe(asked + 1);
  });

  it("a list without a secret causes a 503, so that Stripe sends the event again, and not a 400 as for a forgery", async () => {
    coldStart(" , ");
    expect(await deliver(["whsec_old"])).toBe(503);
    coldStart("whsec_old");
    expect(await deliver(["whsec_old"])).toBe(200);
  });
});
