import { sendToQueue } from "../aws/sqs.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { queueUrlVariable } from "../events/event-queues.ts";
import { signedAttributes } from "../events/message-mac.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { type UsageRecord, usageMessage } from "./usage-record.ts";

/** Puts the usage into its queue. Throws SERVICE_UNAVAILABLE if SQS did not store it. */
export async function queueUsage(record: UsageRecord): Promise<void> {
  const body = usageMessage(record);
  const attributes = signedAttributes("usage", body, await appSecrets());
  const messageId = await sendToQueue(env(queueUrlVariable("usage")), body, attributes);
  if (messageId === undefined) throw new Problem("SERVICE_UNAVAILABLE", "SQS refused the usage");
}
