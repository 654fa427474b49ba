import type { DeliveryAttempt } from "./post.ts";

/** One event on its way to one endpoint. A fault withheld the `dropped` ones; they can be resent. */
export interface Delivery {
  event: string;
  /** `default` for the webhook URL with which the emulator was started, otherwise a `we_...` id. */
  endpoint: string;
  state: "pending" | "delivered" | "failed" | "dropped";
  /** Without it, the event is delivered as a snapshot event. */
  format?: "thin";
  /** Unix seconds of the emulator's clock. Retries end three days later. */
  since: number;
  attempts: DeliveryAttempt[];
}
