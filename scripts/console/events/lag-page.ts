/** How far behind the consumers are, and what the webhook has refused. */
import { queueDepth } from "../../../lib/aws/sqs.ts";
import { env } from "../../../lib/env.ts";
import { CONSUMED_QUEUES, deadLetterUrl, queueUrlVariable } from "../../../lib/events/event-queues.ts";
import { present } from "../../../lib/present.ts";
import type { ConsoleContext } from "../server/route.ts";
import { type LogQuestion, RECEIVED_AND_APPLIED, REFUSED, readEventLog } from "./event-log.ts";
import { LAG_MS, type Lag, lagOf, oldestWaiting } from "./lag.ts";
import { type Refusal, refusalsIn } from "./refusals.ts";

export interface QueueState {
  readonly queue: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly dead: number;
  /** Unix milliseconds: when the webhook received the oldest event that has not been applied. */
  readonly oldestAt?: number;
}

export interface LagPage {
  readonly lag: Lag;
  readonly queues: readonly QueueState[];
  readonly refusals: readonly Refusal[];
  /** Unix milliseconds. */
  readonly now: number;
  /** Why the log could not be read. */
  readonly logProblem?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Refusals are those of the last day, and the rest of the last hour. */
export async function lagPage({ target, now }: ConsoleContext): Promise<LagPage> {
  const at = await now();
  let logProblem: string | undefined;
  const until = new Date(at.getTime() + 60_000);
  const read = (question: LogQuestion, milliseconds: number) =>
    readEventLog(target, { from: new Date(at.getTime() - milliseconds), to: until }, question).catch(
      (thrown: unknown) => {
        logProblem = thrown instanceof Error ? thrown.message : String(thrown);
        return [];
      },
    );
  const [lines, refused, depths] = await Promise.all([
    read(RECEIVED_AND_APPLIED, LAG_MS),
    read(REFUSED, DAY_MS),
    Promise.all(CONSUMED_QUEUES.map(depthOf)),
  ]);
  const oldest = oldestWaiting(lines);
  return {
    lag: lagOf(lines, at),
    queues: depths.map((depth) => ({
      ...depth,
      ...present({ oldestAt: depth.waiting + depth.inFlight === 0 ? undefined : oldest.get(depth.queue) }),
    })),
    refusals: refusalsIn(refused),
    now: at.getTime(),
    ...present({ logProblem }),
  };
}

async function depthOf(queue: (typeof CONSUMED_QUEUES)[number]) {
  const url = env(queueUrlVariable(queue));
  const [own, dead] = await Promise.all([queueDepth(url), queueDepth(deadLetterUrl(url))]);
  return { queue, waiting: own.waiting, inFlight: own.inFlight, dead: dead.waiting + dead.inFlight };
}
