/** The queues of a storm: those of the stack, and one for a simulated application. */
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { LOCAL_ACCOUNT_ID, LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";

/** A message of a consumer that could not hide it is visible again after this time; on AWS, after two minutes. */
const VISIBILITY_SECONDS = "8";

export class StormQueues {
  readonly #endpoint: string;
  readonly #sqs: SQSClient;
  /** How often the application was notified of each event, by the event's id. */
  readonly told = new Map<string, number>();

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    this.#sqs = new SQSClient({ endpoint, region: "us-east-1", credentials: LOCAL_CREDENTIALS });
  }

  /** Makes failed messages visible again soon, and subscribes the application. */
  async prepare(topicArn: string): Promise<void> {
    for (const name of await this.#names()) {
      await this.#sqs.send(
        new SetQueueAttributesCommand({
          QueueUrl: this.#url(name),
          Attributes: { VisibilityTimeout: VISIBILITY_SECONDS },
        }),
      );
    }
    await this.#sqs.send(new CreateQueueCommand({ QueueName: "application" }));
    const sns = new SNSClient({
      endpoint: this.#endpoint,
      region: "us-east-1",
      credentials: LOCAL_CREDENTIALS,
    });
    await sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: "sqs",
        Endpoint: `arn:aws:sqs:us-east-1:${LOCAL_ACCOUNT_ID}:application`,
        Attributes: { RawMessageDelivery: "true" },
      }),
    );
    sns.destroy();
  }

  /** Reads the notifications that the application received since the last call. */
  async readApplication(): Promise<void> {
    for (;;) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#url("application"), MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return;
      for (const { Body = "" } of Messages) {
        const { id } = JSON.parse(Body);
        this.told.set(id, (this.told.get(id) ?? 0) + 1);
      }
      await this.#sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: this.#url("application"),
          Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    }
  }

  /** The number of messages, waiting or being processed, in the event queues and in their dead-letter queues. */
  async depths(): Promise<{ readonly waiting: number; readonly setAside: number }> {
    let [waiting, setAside] = [0, 0];
    for (const name of await this.#names()) {
      const { Attributes = {} } = await this.#sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: this.#url(name), AttributeNames: ["All"] }),
      );
      const depth =
        Number(Attributes.ApproximateNumberOfMessages) +
        Number(Attributes.ApproximateNumberOfMessagesNotVisible);
      if (name.endsWith("-dead-letter")) setAside += depth;
      else waiting += depth;
    }
    return { waiting, setAside };
  }

  close(): void {
    this.#sqs.destroy();
  }

  async #names(): Promise<string[]> {
    const { QueueUrls = [] } = await this.#sqs.send(new ListQueuesCommand({}));
    return QueueUrls.map((url) => url.split("/").at(-1) ?? "").filter((name) => name !== "application");
  }

  #url(name: string): string {
    return `${this.#endpoint}/${LOCAL_ACCOUNT_ID}/${name}`;
  }
}
