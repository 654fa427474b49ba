import type { Endpoint } from "../router.ts";
import { balanceEndpoints } from "./balance.ts";
import { chargeEndpoints } from "./charges.ts";
import { customerEndpoints } from "./customers.ts";
import { eventEndpoints } from "./events.ts";
import { paymentIntentEndpoints } from "./payment-intents.ts";
import { paymentMethodEndpoints } from "./payment-methods.ts";
import { webhookEndpointEndpoints } from "./webhook-endpoints.ts";

/** Everything that is served under `/v1`. */
export const endpoints: readonly Endpoint[] = [
  ...balanceEndpoints,
  ...chargeEndpoints,
  ...customerEndpoints,
  ...eventEndpoints,
  ...paymentIntentEndpoints,
  ...paymentMethodEndpoints,
  ...webhookEndpointEndpoints,
];
