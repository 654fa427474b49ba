import { randomUUID } from "node:crypto";
import { textIn } from "../../demo/product-calls.ts";
import type { Incident } from "../incident.ts";
import { AMOUNT_CENTS, payAll, paymentsAtStripe, recordedAsPaid } from "../payments.ts";
import type { Scene } from "../scene.ts";

const TABLE = "contractspec-stripe-dev-idempotency-keys";
const CALLS = 6;

export const throttledTable: Incident = {
  name: "throttled-table",
  title: "DynamoDB throttles the table in which calls claim their keys",
  alarm: "IdempotencyKeysTableWriteThrottlesAlarm",
  query: 'filter level = "error" | stats count(*) as calls by capabilityId, code | sort calls desc | limit 5',
  shows: /stripe-create-payment-intent +SERVICE_UNAVAILABLE/,
  happen: async (scene) => {
    const before = await paymentsAtStripe(scene);
    await throttle(scene, { rate: 1, table: TABLE });
    const keys = Array.from({ length: CALLS }, () => randomUUID());
    const pay = (key: string) => scene.call("stripe-create-payment-intent", { amount: AMOUNT_CENTS }, key);
    const refused = (await Promise.all(keys.map(pay))).filter(({ status }) => status === 503);
    let intents: string[] = [];
    return {
      what: `${refused.length} of ${CALLS} calls were refused with 503, before anything happened at Stripe: ${(await paymentsAtStripe(scene)) - before} payments`,
      repair: async () => {
        await throttle(scene, { rate: 0 });
        scene.done(
          `AWS has raised the limit. The application repeats ${CALLS} calls with their Idempotency-Keys`,
        );
        const answers = await Promise.all(keys.map(pay));
        intents = answers.map(({ body }) => textIn(body, "paymentIntentId"));
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

async function throttle({ stack }: Scene, fault: object): Promise<void> {
  await fetch(`${stack.urls.dynamodb}/_faults`, { method: "POST", body: JSON.stringify(fault) });
}
