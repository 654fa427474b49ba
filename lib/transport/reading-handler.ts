/** Binds a capability that only reads to both transports: HTTP (GET and POST) and workflow task. */
import type { Capability } from "../capability/capability.ts";
import { readCapability } from "../capability/read-capability.ts";
import { type AuthenticatedRequest, authenticatedRoute } from "./authenticated-route.ts";
import type { CapabilityHandler } from "./capability-handler.ts";
import { queryInputs } from "./query-inputs.ts";
import { isTaskEvent, runTask } from "./task.ts";

/** The Lambda handler of a reading capability: 200 with the outputs over HTTP, the (sealed) outputs to a workflow. */
export function readingHandler<Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
): CapabilityHandler {
  const { query } = capability.contract;
  const read = async (
    { principal, ipAddress, requestId, deadline, now }: AuthenticatedRequest,
    inputs: unknown,
  ) => {
    const { outputs } = await readCapability(capability, {
      inputs,
      principal,
      action: "invoke",
      idempotencyKey: undefined,
      ipAddress,
      requestId,
      deadline,
      now,
    });
    return { status: 200, body: outputs };
  };
  const overPost = authenticatedRoute({ body: "json" }, (request) => read(request, request.body));
  const overGet = authenticatedRoute({}, async (request) =>
    read(request, query === undefined ? {} : queryInputs(request.query, query)),
  );
  return (event, context) => {
    if (isTaskEvent(event)) return runTask(capability, readCapability, event, context);
    return event.requestContext.http.method === "GET" ? overGet(event, context) : overPost(event, context);
  };
}
