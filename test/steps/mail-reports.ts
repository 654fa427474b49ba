/**
 * What SES reports about mails, from the emulated SES through SNS and SQS to its consumer, with the resources of the template.
 * A mail to Amazon's simulator (`bounce@simulator.amazonses.com`) is reported.
 */
import { handler } from "../../functions/on-mail-event/handler.ts";
import { provision } from "../../local/provision.ts";
import { createResolver, mergeTemplates } from "../../local/template.ts";
import { eventQueues } from "../../resources/event-queues.ts";
import { CONFIGURATION_SET, SERVICE, STAGE } from "../../resources/grants.ts";
import { mail } from "../../resources/mail.ts";
import { lambdaContext } from "./given.ts";
import { sqsRecord } from "./sqs-record.ts";
import { takenMessages } from "./taken-messages.ts";

/** An address that SES reports as bounced or complained; each label makes another one. */
export const simulated = (kind: "bounce" | "complaint" | "suppressionlist", label: string) =>
  `${kind}+${label}@simulator.amazonses.com`;

/** The framework's variables replaced, as for the stage dev. */
const ofDev = (text: string) => text.replaceAll(SERVICE, "contractspec-stripe").replaceAll(STAGE, "dev");

/** Creates the configuration set, the topic and the queue, for the mails of this process. `sesUrl`: of the emulator itself. */
export async function mailReports(sesUrl = process.env.AWS_ENDPOINT_URL_SES ?? "") {
  const sqs = process.env.AWS_ENDPOINT_URL_SQS ?? "";
  const resources = { ...mail({ isExisting: true }).Resources, ...eventQueues.Resources };
  const template = mergeTemplates(JSON.parse(ofDev(JSON.stringify({ Resources: resources }))));
  const region = "us-east-1";
  const resolve = createResolver(template, { region, stackName: "test", sqsEndpoint: sqs });
  await provision({
    ...{ template, resolve, region },
    endpoints: { dynamodb: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? "", sqs, sns: sqs, ses: sesUrl, s3: sqs },
  });
  const queueUrl = String(resolve({ Ref: "MailEventsQueue" }));
  process.env.MAIL_EVENTS_QUEUE_URL = queueUrl;
  process.env.MAIL_CONFIGURATION_SET = ofDev(CONFIGURATION_SET);

  /** Delivers a body once; returns whether it need not be delivered again. */
  const deliver = async (body: string, receiveCount = 1): Promise<boolean> => {
    const record = sqsRecord("unrouted", body, { attributes: {}, receiveCount });
    const { batchItemFailures } = await handler({ Records: [record] }, lambdaContext(20_000));
    return batchItemFailures.length === 0;
  };

  /** The reports that wait, in the order of their arrival; they are no longer in the queue. */
  const waiting = async (url = queueUrl): Promise<string[]> =>
    (await takenMessages(url)).map(({ body }) => body);

  return {
    deliver,
    waiting,
    /** The messages that were set aside. */
    dead: () => waiting(`${queueUrl}-dead-letter`),
    /** Delivers everything that waits; throws if something must be delivered again. Returns the bodies. */
    deliverAll: async (): Promise<string[]> => {
      const bodies = await waiting();
      for (const body of bodies) {
        if (!(await deliver(body))) throw new Error(`A report was not applied: ${body}`);
      }
      return bodies;
    },
  };
}
