import { deleteMessage, receiveMessages, type WaitingMessage } from "../../lib/aws/sqs.ts";

/** Takes at most ten messages out of a queue. A short poll finds them all: the emulator is one server. */
export async function takenMessages(queueUrl: string): Promise<WaitingMessage[]> {
  const messages = await receiveMessages(queueUrl, 60, 0);
  for (const { receipt } of messages) await deleteMessage(queueUrl, receipt);
  return messages;
}
