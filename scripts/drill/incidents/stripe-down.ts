import { randomUUID } from "node:crypto";
import { textIn } from "../../demo/product-calls.ts";
import type { Incident } from "../incident.ts";
import { AMOUNT_CENTS, payAll, paymentsAtStripe, recordedAsPaid } from "../payments.ts";

/** More than the alarm allows, even if a period of the alarm ends in the middle. */
const CALLS = 12;
const TEN_MINUTES = 600;

export const stripeDown: Incident = {
  name: "stripe-down",
  title: "Stripe is down for ten minutes while customers want to pay",
  alarm: "ApiErrorsAlarm",
  query: 'filter level = "error" | stats count(*) as calls by capabilityId, code | sort calls desc | limit 5',
  shows: /stripe-create-payment-intent +BAD_GATEWAY/,
  happen: async (scene) => {
    const before = await paymentsAtStripe(scene);
    await scene.control("POST", "faults", { kind: "status", status: 503, times: 100_000 });
    const keys = Array.from({ length: CALLS }, () => randomUUID());
    const pay = (key: string) =>
      scene.call("stripe-create-payment-intent", { amount: AMOUNT_CENTS }, `stripe-down-${key}`);
    const refused = (await Promise.all(keys.map(pay))).filter(({ status }) => status >= 500);
    await scene.passTime(TEN_MINUTES);
    let intents: string[] = [];
    return {
      what: `${refused.length} of ${CALLS} calls were refused, with ${[...new Set(refused.map(({ body }) => body.code))].join(", ")}`,
      find: () => scene.command("affected --since 1h", { shows: /BAD_GATEWAY/, statuses: [0, 1] }),
      repair: async () => {
        await scene.control("DELETE", "faults");
        const answers = await Promise.all(keys.map(pay));
        intents = answers.map(({ body }) => textIn(body, "paymentIntentId"));
        scene.done(
          `Stripe works again (https://status.stripe.com). The application repeats ${answers.length} calls with their Idempotency-Keys`,
        );
        await payAll(scene, intents);
      },
      prove: async () => [
        {
          what: "payments at Stripe for these calls",
          is: (await paymentsAtStripe(scene)) - before,
          expected: CALLS,
        },
        await recordedAsPaid(scene, intents),
      ],
    };
  },
};
