import { DeleteIdentityCommand, SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";
import { textIn } from "../../demo/product-calls.ts";
import type { Incident } from "../incident.ts";
import { AMOUNT_CENTS, payAll, recordedAsPaid } from "../payments.ts";
import type { Scene } from "../scene.ts";

const SENDER = "payments@example.com";
const PAYER = "refused@example.com";
const CARD_WITHOUT_FUNDS = "4000000000009995";
/** A failed payment is mailed about after ten minutes, and looked at every five. */
const UNTIL_MAIL_SECONDS = 16 * 60;

export const mailsRefused: Incident = {
  name: "mails-refused",
  title: "Somebody has deleted the sender in SES: it refuses every mail",
  alarm: "PersonNeededAlarm",
  query:
    "filter ispresent(alarm) | stats count(*) as lines by alarm, event, code | sort lines desc | limit 5",
  shows: /ses-identity/,
  happen: async (scene) => {
    await ses(scene, (client) => client.send(new DeleteIdentityCommand({ Identity: SENDER })));
    const customer = await scene.call("stripe-create-customer", { email: PAYER });
    const customerId = textIn(customer.body, "customerId");
    const { body } = await scene.call("stripe-create-payment-intent", { amount: AMOUNT_CENTS, customerId });
    const intent = textIn(body, "paymentIntentId");
    await scene.client.pay(intent, CARD_WITHOUT_FUNDS);
    await scene.client.recordedState(intent, ({ declineCode }) => declineCode === "insufficient_funds");
    await scene.passTime(UNTIL_MAIL_SECONDS);
    return {
      what: `a payment was declined, and SES refuses the mail that tells ${PAYER} what to do`,
      repair: async () => {
        await ses(scene, (client) => client.send(new VerifyEmailIdentityCommand({ EmailAddress: SENDER })));
        scene.done(`$ aws ses verify-email-identity --email-address ${SENDER}`);
        await scene.passTime(UNTIL_MAIL_SECONDS);
      },
      prove: async () => {
        const mail = await scene.client.mailTo(PAYER, /did not go through/);
        await payAll(scene, [intent]);
        return [
          {
            what: "mails about the payment, by the next run of the schedule",
            is: mail.to.length,
            expected: 1,
          },
          await recordedAsPaid(scene, [intent]),
        ];
      },
    };
  },
};

async function ses({ stack }: Scene, work: (client: SESClient) => Promise<unknown>): Promise<void> {
  const { mailbox: endpoint } = stack.urls;
  const client = new SESClient({ endpoint, region: stack.settings.region, credentials: LOCAL_CREDENTIALS });
  await work(client).finally(() => client.destroy());
}
