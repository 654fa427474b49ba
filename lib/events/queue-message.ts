import type { TimeLimit } from "../call-context.ts";

/** One message as a consumer sees it, from any queue. */
export interface QueueMessage extends TimeLimit {
  readonly messageId: string;
  readonly body: string;
  /** 1 on the first delivery. */
  readonly receiveCount: number;
}
