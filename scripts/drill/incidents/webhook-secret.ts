import type { Incident } from "../incident.ts";
import { recordedAsPaid, takePayments, webhookEndpoint } from "../payments.ts";
import { createEndpoint, WEBHOOK_SECRET } from "../webhook.ts";

/** The webhook reads its secret again after this time: lib/secrets/secrets.ts. */
const READ_AGAIN_SECONDS = 301;

export const webhookSecret: Incident = {
  name: "webhook-secret",
  title: "Somebody has created the webhook endpoint again, and nobody has stored its new signing secret",
  alarm: "WebhookRejectionsAlarm",
  query: 'filter event = "webhook.rejected" | stats count(*) as requests by reason, code',
  shows: /mismatch/,
  happen: async (scene) => {
    await fetch(`${scene.stripe}/v1/webhook_endpoints/${await webhookEndpoint(scene)}`, {
      method: "DELETE",
      headers: { authorization: "Bearer sk_test_local" },
    });
    const secret = await createEndpoint(scene);
    const intents = await takePayments(scene, 8);
    return {
      what: `${intents.length} payments were paid, and the webhook refuses all of their events`,
      repair: async () => {
        scene.parameters.put(WEBHOOK_SECRET, secret);
        scene.done(
          `$ aws ssm put-parameter --overwrite --type SecureString --name ${WEBHOOK_SECRET} --value whsec_...`,
        );
        await scene.passTime(READ_AGAIN_SECONDS);
        await scene.command("events reconcile --since 1h", {}, "repaired");
      },
      prove: async () => [await recordedAsPaid(scene, intents)],
    };
  },
};
