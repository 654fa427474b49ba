import { counted, type Detector, evidenceOf } from "../finding.ts";

/** Over as soon as the webhook has accepted an event again. */
export const wrongSecret: Detector = {
  looksFor: "events that the webhook refuses",
  detect: async ({ recent, stage }) => {
    const lastAccepted = recent.find(({ event }) => event === "webhook.received")?.at ?? 0;
    const refused = recent.filter(({ event, at }) => event === "webhook.rejected" && at > lastAccepted);
    if (refused.length === 0) return [];
    return [
      {
        id: "wrong-secret",
        title: `The webhook refuses ${counted(refused.length, "event")}: the signature does not match`,
        cause:
          "The signing secret that is stored here is not that of the endpoint at Stripe. That happens when the endpoint is created again or its secret is rotated there. Stripe sends the events again for three days.",
        ...evidenceOf(refused),
        repairs: [
          {
            does: "Compare the endpoint at Stripe with what is stored",
            command: "npm run stripe -- webhook check",
          },
          {
            does: "Store the signing secret that Stripe shows for the endpoint; the webhook reads it again within five minutes",
            command:
              stage === undefined
                ? "STRIPE_WEBHOOK_SECRET=whsec_... npm start"
                : `aws ssm put-parameter --overwrite --type SecureString --name /contractspec-stripe/${stage}/STRIPE_WEBHOOK_SECRET --value whsec_...`,
          },
          {
            does: "Fetch the events that were refused",
            command: "npm run events -- reconcile --since 1h",
          },
        ],
      },
    ];
  },
};
