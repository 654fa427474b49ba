import { randomUUID } from "node:crypto";
import { textIn } from "../../demo/product-calls.ts";
import type { Incident } from "../incident.ts";
import { AMOUNT_CENTS, payAll, paymentsAtStripe, recordedAsPaid } from "../payments.ts";
import type { Scene } from "../scene.ts";

export const revokedKey: Incident = {
  name: "revoked-key",
  title: "Somebody has revoked the API key of the shop by mistake",
  alarm: "RefusedKeysAlarm",
  query:
    'filter event = "identity.refused" | stats count(*) as calls by principalId, keyId, refusal | sort calls desc | limit 5',
  shows: /shop +key_\w+ +revoked-key/,
  happen: async (scene) => {
    const key = await newKey(scene);
    const before = await paymentsAtStripe(scene);
    const list = await scene.quietly("keys list");
    const [, keyId = ""] = /(key_\w+) +shop\b/.exec(list) ?? [];
    await scene.quietly(`keys revoke ${keyId}`);
    const idempotencyKey = randomUUID();
    const refused = await callAs(scene, key, idempotencyKey);
    const intents: string[] = [];
    return {
      what: `the calls of the shop are refused with ${refused.status}, ${String(refused.body.code)}`,
      find: () => scene.command("keys list", { shows: new RegExp(`${keyId} .*revoked`) }),
      repair: async () => {
        const renewed = await newKey(scene);
        scene.done("$ npm run keys -- create --principal shop --role checkout");
        const { body } = await callAs(scene, renewed, idempotencyKey);
        intents.push(textIn(body, "paymentIntentId"));
        await payAll(scene, intents);
      },
      prove: async () => [
        {
          what: "payments at Stripe for the call",
          is: (await paymentsAtStripe(scene)) - before,
          expected: 1,
        },
        await recordedAsPaid(scene, intents),
      ],
    };
  },
};

const newKey = async (scene: Scene) =>
  (await scene.quietly("keys create --principal shop --role checkout")).trim();

function callAs({ client }: Scene, key: string, idempotencyKey: string) {
  return client.call("POST", "/api/capabilities/stripe-create-payment-intent", {
    body: { amount: AMOUNT_CENTS },
    idempotencyKey,
    headers: { authorization: `Bearer ${key}` },
  });
}
