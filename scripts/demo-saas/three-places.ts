/** The ledger in the three places that know the money: Stripe, our records, and the notifications that an application got. */

import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { fromAttributes } from "../../lib/aws/attribute-values.ts";
import { fieldOf, parseJson, wholeNumberOf } from "../../lib/untrusted.ts";
import { LOCAL_ACCOUNT_ID, LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import type { RunningStack } from "../../local/stack-process.ts";
import { emulatorOf } from "../demo/product-calls.ts";
import { listAtStripe } from "../demo/stripe-requests.ts";
import { ledgerOf } from "./ledger.ts";
import type { Place } from "./ledger-table.ts";
import { factsAtStripe, factsInNotifications, factsInRecords } from "./money-facts.ts";

const QUEUE = "accountant";
const STAGE = "contractspec-stripe-dev";
const LISTS = ["payment_intents", "refunds", "disputes", "credit_notes", "invoices"];

export interface ThreePlaces {
  /** Stripe, our records, and the notifications, as they are now. */
  read(): Promise<readonly Place[]>;
  /** The money in the account at Stripe, without Stripe's fees: by currency, in its smallest unit. */
  cash(): Promise<ReadonlyMap<string, number>>;
  close(): void;
}

/** Subscribes to the notifications of a stack on which nothing has happened, as an application does. */
export async function threePlaces(stack: RunningStack): Promise<ThreePlaces> {
  const { sqs: endpoint, dynamodb } = stack.urls;
  const client = { region: stack.settings.region, credentials: LOCAL_CREDENTIALS };
  const sqs = new SQSClient({ ...client, endpoint });
  const tables = new DynamoDBClient({ ...client, endpoint: dynamodb });
  const stripe = emulatorOf(stack);
  await subscribe(sqs, { ...client, endpoint });
  const notifications: unknown[] = [];
  return {
    read: async () => {
      const objects = await Promise.all(LISTS.map((list) => listAtStripe(stripe, list)));
      notifications.push(...(await received(sqs, endpoint)));
      return [
        { name: "Stripe", ledger: ledgerOf(factsAtStripe(objects.flat())) },
        { name: "our records", ledger: ledgerOf(factsInRecords(await recorded(tables))) },
        { name: "notifications", ledger: ledgerOf(factsInNotifications(notifications)) },
      ];
    },
    cash: async () => {
      const sums = new Map<string, number>();
      for (const transaction of await listAtStripe(stripe, "balance_transactions")) {
        const currency = String(fieldOf(transaction, "currency"));
        const amount = wholeNumberOf(fieldOf(transaction, "amount")) ?? 0;
        sums.set(currency, (sums.get(currency) ?? 0) + amount);
      }
      return sums;
    },
    close: () => {
      sqs.destroy();
      tables.destroy();
    },
  };
}

async function subscribe(
  sqs: SQSClient,
  client: ConstructorParameters<typeof SNSClient>[0] & { readonly region: string },
): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: QUEUE }));
  const sns = new SNSClient(client);
  await sns.send(
    new SubscribeCommand({
      TopicArn: `arn:aws:sns:${client.region}:${LOCAL_ACCOUNT_ID}:${STAGE}-notifications`,
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:${client.region}:${LOCAL_ACCOUNT_ID}:${QUEUE}`,
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  sns.destroy();
}

/** The notifications that arrived since the last call. */
async function received(sqs: SQSClient, endpoint: string): Promise<readonly unknown[]> {
  const QueueUrl = `${endpoint}/${LOCAL_ACCOUNT_ID}/${QUEUE}`;
  const found: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return found;
    for (const { Body = "", ReceiptHandle } of Messages) {
      found.push(parseJson(Body));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

async function recorded(client: DynamoDBClient): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  const pages = paginateScan({ client }, { TableName: `${STAGE}-stripe-objects`, ConsistentRead: true });
  for await (const { Items = [] } of pages) items.push(...Items.map(fromAttributes));
  return items;
}
