/** What Stripe's account lacks for a stage that is deployed: the webhook endpoint. */
import { ROUTED_EVENT_TYPES } from "../../lib/events/event-queues.ts";
import { STRIPE_API_VERSION } from "../../lib/stripe/api-version.ts";
import { WEBHOOK_PATH } from "../stripe/command.ts";
import { differencesOf, endpointsAt } from "../stripe/endpoint-check.ts";
import { listEndpoints } from "../stripe/webhook-endpoints.ts";
import { errorText } from "./error-name.ts";
import { blocking, type Finding, remark } from "./finding.ts";

/**
 * `secretKey`: the stage's. Sets STRIPE_SECRET_KEY, which Stripe's client reads. `apiUrl`: the API's address, without a slash at its
 * end; undefined before the first deployment, when the endpoint cannot exist.
 */
export async function stripeFindings(
  secretKey: string,
  { stage, apiUrl }: { readonly stage: string; readonly apiUrl: string | undefined },
): Promise<Finding[]> {
  process.env.STRIPE_SECRET_KEY = secretKey;
  process.env.STAGE = stage;
  let endpoints: Awaited<ReturnType<typeof listEndpoints>>;
  try {
    endpoints = await listEndpoints();
  } catch (thrown) {
    return [
      blocking(
        `Stripe did not list its webhook endpoints for STRIPE_SECRET_KEY: ${errorText(thrown)}`,
        "Store a key that can read webhook endpoints, in STRIPE_SECRET_KEY of the stage.",
      ),
    ];
  }
  const webhook = apiUrl === undefined ? undefined : `${apiUrl}${WEBHOOK_PATH}`;
  const create = `npm run -s stripe -- webhook create --stage ${stage} --url ${webhook ?? `https://<api>${WEBHOOK_PATH}`}`;
  if (webhook === undefined)
    return [remark("Stripe has no webhook endpoint for this stage yet.", `After the deployment:\n${create}`)];
  return differencesOf(endpointsAt(endpoints, webhook), {
    apiVersion: STRIPE_API_VERSION,
    events: ROUTED_EVENT_TYPES,
  }).map(({ what, remedy, isFixable }) => remark(`${what}.`, isFixable ? create : remedy));
}
