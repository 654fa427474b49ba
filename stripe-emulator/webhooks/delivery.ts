import type { DeliveryAttempt } from "./post.ts";

/** One event on its way to one endpoint. `dropped` deliveries were withheld by a fault and can be resent. */
export interface Delivery {
  event: string;
  /** `default` for the webhook URL the emulator was started with, else a `we_...` id. */
  endpoint: string;
  state: "pending" | "delivered" | "failed" | "dropped";
  /** A snapshot event, unless it says so. */
  format?: "thin";
  /** Unix seconds of the emulator's clock: the delivery is given up three days after. */
  since: number;
  attempts: DeliveryAttempt[];
}
