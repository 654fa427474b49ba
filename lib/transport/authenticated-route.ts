/** HTTP routes for callers that the authorizer knows. Apart from open routes, which need no secret. */
import type { Principal } from "../identity/principal.ts";
import { type HttpHandler, type HttpRequest, type HttpResponse, httpHandler, type Route } from "./http.ts";
import { authenticatedPrincipal } from "./principal.ts";

export interface AuthenticatedRequest extends HttpRequest {
  readonly principal: Principal;
}

/** A handler for callers that the authorizer knows. */
export function authenticatedRoute(
  route: Route,
  respond: (request: AuthenticatedRequest) => Promise<HttpResponse>,
): HttpHandler {
  return httpHandler(route, async (request, event) =>
    respond({ ...request, principal: await authenticatedPrincipal(event, request) }),
  );
}
