/**
 * The principal as the authorizer passes it on. The authorizer lets an unknown caller through with a `refusal` instead
 * of a principal, because HTTP API's own 401 and 403 say nothing useful. This module turns the refusal, or a context
 * that the authorizer did not write for this request, into a problem, before any handler runs. A 401 always comes from
 * this module, a 403 always from a policy.
 */

import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import { logCall } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { type Distrust, readContext } from "./authorizer-context.ts";
import type { HttpRequest } from "./http.ts";
import { contextOf, refusalOf, SEND_A_KEY } from "./refusals.ts";

const CANNOT_BE_VERIFIED = `The identity of this call cannot be verified. ${SEND_A_KEY} to the address of the API`;

const DETAILS: Readonly<Record<Distrust, string>> = {
  missing: SEND_A_KEY,
  forged: CANNOT_BE_VERIFIED,
  incomplete: CANNOT_BE_VERIFIED,
  expired:
    "The API key or token in the Authorization header has expired, or this call waited too long: " +
    "send it again, with a new key or token if this one has expired",
};

/** By stage, for the alarm, and by stage and reason. Credentials expire every day, so they raise no alarm. */
function oneRejection(reason: Distrust): Metrics[] {
  const dimensions = [...(reason === "expired" ? [] : [["stage"]]), ["stage", "reason"]];
  return dimensions.map((names) => ({ dimensions: names, values: { ContextRejections: 1 } }));
}

/**
 * The principal of the caller. Throws UNAUTHENTICATED, saying what is missing, if the authorizer found none or did not
 * write this context for this request; SERVICE_UNAVAILABLE if the authorizer could not ask the identity provider, or if
 * APP_SECRET cannot be read.
 */
export async function authenticatedPrincipal(
  event: APIGatewayProxyEventV2,
  { headers, requestId, now }: Pick<HttpRequest, "headers" | "requestId" | "now">,
): Promise<Principal> {
  const context = contextOf(event);
  const refusal = refusalOf(context);
  if (refusal !== undefined) throw refusal;
  const { authorization } = headers;
  const read = readContext(context, { authorization, appSecrets: await appSecrets(), now: now() });
  if ("principal" in read) return read.principal;
  const { distrust: reason } = read;
  const problem = new Problem("UNAUTHENTICATED", DETAILS[reason]);
  logCall(
    { event: "http.distrusted", requestId, routeKey: event.routeKey, outcome: "rejected", reason },
    problem,
    oneRejection(reason),
  );
  throw problem;
}
