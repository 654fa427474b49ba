/** Binds a capability to both transports: HTTP and workflow task. One Lambda per capability uses it. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { Capability } from "../capability/capability.ts";
import { runCapability } from "../capability/run-capability.ts";
import { authenticatedRoute } from "./authenticated-route.ts";
import { isTaskEvent, runTask } from "./task.ts";
import type { TaskEvent } from "./task-event.ts";

export type CapabilityHandler = (
  event: APIGatewayProxyEventV2 | TaskEvent,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2 | unknown>;

/** The Lambda handler of a capability: 200 with the outputs over HTTP, the (sealed) outputs to a workflow. */
export function capabilityHandler<Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
): CapabilityHandler {
  const overHttp = authenticatedRoute({ body: "json" }, async (request) => {
    const { body: inputs, headers, principal, ipAddress, requestId, deadline, now } = request;
    const { outputs, replayed } = await runCapability(capability, {
      inputs,
      principal,
      action: "invoke",
      idempotencyKey: headers["idempotency-key"],
      ipAddress,
      requestId,
      deadline,
      now,
    });
    return { status: 200, body: outputs, headers: replayed ? { "idempotency-replayed": "true" } : {} };
  });
  return (event, context) =>
    isTaskEvent(event) ? runTask(capability, runCapability, event, context) : overHttp(event, context);
}
