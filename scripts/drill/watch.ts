/** Collects what CloudWatch would have of the running local stack: the lines of its log, and data points of its metrics. */
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { fieldOf, fieldsOf, isRecord, listOf, numberOf, parseJson } from "../../lib/untrusted.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import type { LogLine } from "../../local/logs/query.ts";
import type { RunningStack } from "../../local/stack-process.ts";
import { type DataPoint, pointsIn } from "./metrics.ts";

/** How an execution ends, and the metric that counts it. */
const ENDS = [
  ["FAILED", "ExecutionsFailed"],
  ["TIMED_OUT", "ExecutionsTimedOut"],
] as const;

/** Of all functions: the queries of docs/operations.md look at every group. */
const LOG_GROUP = "/aws/lambda/contractspec-stripe-dev";

export class Watch {
  readonly points: DataPoint[] = [];
  readonly #lines: LogLine[] = [];
  readonly #counted = new Set<string>();
  /** Throttled calls that are already points, by table and kind. */
  readonly #throttled = new Map<string, number>();
  #offsetMs = 0;
  #stack: RunningStack | undefined;
  #states: SFNClient | undefined;

  /** The time on the clock of the stack: Unix milliseconds. */
  get now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Takes a line that the stack prints. */
  line(text: string): void {
    // What a function logs is an object; the rest is from the stack itself.
    if (isRecord(parseJson(text))) this.#lines.push({ timestamp: this.now, log: LOG_GROUP, message: text });
    this.points.push(...pointsIn(text, this.now));
  }

  /** The clock of the stack has been moved to `now`, in Unix seconds. */
  moved(now: number): void {
    this.#offsetMs = now * 1000 - Date.now();
  }

  begin(stack: RunningStack): void {
    this.#stack = stack;
    this.#states = new SFNClient({
      endpoint: stack.urls.stepFunctions,
      region: stack.settings.region,
      credentials: LOCAL_CREDENTIALS,
    });
  }

  end(): void {
    this.#states?.destroy();
  }

  /** The log lines of the functions from that time on. */
  linesSince(time: number): LogLine[] {
    return this.#lines.filter(({ timestamp }) => timestamp >= time);
  }

  /** Adds points of the metrics that AWS measures itself: queues, throttled tables, ended executions. */
  async sample(): Promise<void> {
    const stack = this.#stack;
    if (stack === undefined) return;
    await Promise.all([this.#sampleQueues(stack), this.#sampleTables(stack), this.#sampleExecutions()]);
  }

  async #sampleQueues({ urls }: RunningStack): Promise<void> {
    const queues = listOf(await json(`${urls.sqs}/_fauxqs/queues`)).map(fieldsOf);
    await Promise.all(
      queues.map(async ({ name, approximateMessageCount, approximateInflightCount }) => {
        const dimensions = { QueueName: String(name) };
        const add = (metric: string, value: number) =>
          this.points.push({ namespace: "AWS/SQS", metric, dimensions, at: this.now, value });
        const visible = Number(approximateMessageCount);
        add("ApproximateNumberOfMessagesVisible", visible);
        if (visible + Number(approximateInflightCount) === 0) add("ApproximateAgeOfOldestMessage", 0);
        else {
          const oldest = sentTimesIn(await json(`${urls.sqs}/_fauxqs/queues/${String(name)}`));
          add(
            "ApproximateAgeOfOldestMessage",
            Math.max(0, ...oldest.map((time) => (this.now - time) / 1000)),
          );
        }
      }),
    );
  }

  async #sampleTables({ urls }: RunningStack): Promise<void> {
    const { throttled } = fieldsOf(await json(`${urls.dynamodb}/_faults`));
    for (const [TableName, counts] of Object.entries(fieldsOf(throttled))) {
      for (const kind of ["Read", "Write"]) {
        const count = Number(fieldOf(counts, kind.toLowerCase()));
        const key = `${TableName} ${kind}`;
        const value = count - (this.#throttled.get(key) ?? 0);
        this.#throttled.set(key, count);
        const metric = `${kind}ThrottleEvents`;
        if (value > 0)
          this.points.push({
            namespace: "AWS/DynamoDB",
            metric,
            dimensions: { TableName },
            at: this.now,
            value,
          });
      }
    }
  }

  async #sampleExecutions(): Promise<void> {
    const machines = (await this.#states?.send(new ListStateMachinesCommand({})))?.stateMachines ?? [];
    for (const { stateMachineArn } of machines) {
      for (const [statusFilter, metric] of ENDS) {
        const listed = await this.#states?.send(new ListExecutionsCommand({ stateMachineArn, statusFilter }));
        for (const { executionArn = "", stopDate } of listed?.executions ?? []) {
          if (this.#counted.has(executionArn) || stopDate === undefined) continue;
          this.#counted.add(executionArn);
          this.points.push({
            namespace: "AWS/States",
            metric,
            dimensions: { StateMachineArn: String(stateMachineArn) },
            at: stopDate.getTime(),
            value: 1,
          });
        }
      }
    }
  }
}

async function json(url: string): Promise<unknown> {
  return parseJson(await (await fetch(url)).text());
}

/** When each message of the queue was sent: Unix milliseconds. */
function sentTimesIn(queue: unknown): number[] {
  const { ready, delayed, inflight } = fieldsOf(fieldOf(queue, "messages"));
  const messages = [
    ...listOf(ready),
    ...listOf(delayed),
    ...listOf(inflight).map((held) => fieldOf(held, "message")),
  ];
  return messages.flatMap((message) => numberOf(fieldOf(message, "sentTimestamp")) ?? []);
}
