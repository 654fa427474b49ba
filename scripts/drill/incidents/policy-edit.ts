import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { waitFor } from "../../../local/stack-client.ts";
import { textIn } from "../../demo/product-calls.ts";
import type { Incident } from "../incident.ts";
import { AMOUNT_CENTS, payAll, paymentsAtStripe, recordedAsPaid } from "../payments.ts";

const FILE = "policies/default.yml";
/** The condition of the rule checkout-may-take-payments, which is the first one with it. */
const RIGHT = `'"checkout" in principal.roles || "billing" in principal.roles'`;
const WRONG = `'"billing" in principal.roles'`;
/** More than the alarm allows, even if a period of the alarm ends in the middle. */
const CALLS = 12;
/** The stack generates the policy again, bundles every function and loads it. */
const DEPLOYED_WITHIN_SECONDS = 400;
const LOOK_EVERY_MS = 1_000;

export const policyEdit: Incident = {
  name: "policy-edit",
  title: "Somebody has edited the policies: the role checkout may not take payments any more",
  alarm: "DeniedCallsAlarm",
  query:
    'filter outcome = "denied" | stats count(*) as calls by principalId, capabilityId, ruleId | sort calls desc | limit 5',
  shows: /till +stripe-create-payment-intent/,
  happen: async (scene) => {
    const key = (await scene.quietly("keys create --principal till --role checkout")).trim();
    const before = await paymentsAtStripe(scene);
    const call = (idempotencyKey: string) =>
      scene.client.call("POST", "/api/capabilities/stripe-create-payment-intent", {
        ...{ body: { amount: AMOUNT_CENTS }, idempotencyKey },
        headers: { authorization: `Bearer ${key}` },
      });
    const takeBack = scene.project.edit(FILE, RIGHT, WRONG);
    const keys = Array.from({ length: CALLS }, () => randomUUID());
    // The same rule permits it, and it takes no money.
    const probe = () =>
      scene.client.call("POST", "/api/capabilities/stripe-create-customer", {
        ...{ body: { email: "probe@example.com" }, idempotencyKey: randomUUID() },
        headers: { authorization: `Bearer ${key}` },
      });
    const untilStatus = (wanted: number) =>
      waitFor(
        `calls to get ${wanted}`,
        async () => {
          await setTimeout(LOOK_EVERY_MS);
          // While the functions are replaced, a connection can break.
          const answer = await probe().catch(() => undefined);
          return answer?.status === wanted || undefined;
        },
        DEPLOYED_WITHIN_SECONDS,
      );
    await untilStatus(403);
    const denied = (await Promise.all(keys.map(call))).filter(({ status }) => status === 403);
    const intents: string[] = [];
    return {
      what: `${denied.length} of ${CALLS} calls of the till are refused with 403`,
      find: () =>
        scene.command(
          "policy explain checkout stripe-create-payment-intent events/inputs/stripe-create-payment-intent.json",
          { shows: /DENY|denied/i, statuses: [0, 1] },
        ),
      repair: async () => {
        takeBack();
        scene.done(`$ git revert, and npm run deploy: ${FILE} is as before`);
        await untilStatus(200);
        const answers = await Promise.all(keys.map(call));
        intents.push(...answers.map(({ body }) => textIn(body, "paymentIntentId")));
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
