/** One message as a consumer sees it, whatever queue brought it. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  /** 1 on the first delivery. */
  readonly receiveCount: number;
  /** Unix time in milliseconds by which it must be handled. */
  readonly deadline: number;
  /** UTC now. */
  readonly now: () => Date;
}
