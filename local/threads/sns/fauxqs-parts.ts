/** The parts of fauxqs that its package does not export: its stores, what keeps them in a folder, and its filters. */

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  confirmed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SnsAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** A message as fauxqs reports it to the store's observer, while it is published. */
export interface PublishedMessage {
  readonly topicArn: string;
  readonly messageId: string;
  readonly body: string;
  readonly messageAttributes: Readonly<Record<string, SnsAttribute>>;
  /** Unix milliseconds. */
  readonly timestamp: number;
}

export interface SnsStore {
  spy: { addMessage(message: PublishedMessage): void } | undefined;
  persistence: Persistence | undefined;
  getTopic(arn: string): { readonly subscriptionArns: readonly string[] } | undefined;
  getSubscription(arn: string): Subscription | undefined;
  subscribe(
    topicArn: string,
    protocol: string,
    endpoint: string,
    attributes?: Record<string, string>,
  ): Subscription | undefined;
}

interface Queue {
  persistence: Persistence | undefined;
  enqueue(message: object): void;
}

export interface SqsStore {
  persistence: Persistence | undefined;
  allQueues(): Iterable<Queue>;
  getQueueByArn(arn: string): Queue | undefined;
}

export interface Persistence {
  /** Writes that a message can be received again. */
  updateMessageReady(messageId: string): void;
  readonly db: { prepare(sql: string): { run(...values: unknown[]): void } };
  loadSqsAndSns(sqsStore: SqsStore, snsStore: SnsStore): void;
  insertSubscription(subscription: Subscription): void;
  close(): void;
}

interface Parts {
  readonly SqsStore: { new (): SqsStore; createMessage(body: string): object };
  readonly SnsStore: new () => SnsStore;
  readonly S3Store: new () => object;
  readonly PersistenceManager: new (folder: string) => Persistence;
  matchesFilterPolicy(policy: unknown, attributes: PublishedMessage["messageAttributes"]): boolean;
  matchesFilterPolicyOnBody(policy: unknown, body: string): boolean;
}

const FILES = ["sqs/sqsStore.js", "sns/snsStore.js", "s3/s3Store.js", "persistence.js", "sns/filter.js"];

/** Loads them from the installed package. */
export async function fauxqsParts(): Promise<Parts> {
  const entry = import.meta.resolve("fauxqs");
  const modules = await Promise.all(FILES.map((file) => import(new URL(file, entry).href)));
  return Object.assign({}, ...modules);
}
