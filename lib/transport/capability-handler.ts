/** Binds a contract and its operation to both transports: HTTP and workflow task. One Lambda per capability uses it. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { CapabilityContract, Operation } from "../capability/capability.ts";
import { runCapability } from "../capability/run-capability.ts";
import { readIdempotencyKey } from "../idempotency/idempotency-key.ts";
import type { Policy } from "../policy/decide.ts";
import { authenticatedRoute } from "./http.ts";
import { isTaskEvent, runTask, type TaskEvent } from "./task.ts";

type CapabilityHandler = (
  event: APIGatewayProxyEventV2 | TaskEvent,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2 | unknown>;

/** The Lambda handler of a capability: 200 with the outputs over HTTP, the (sealed) outputs to a workflow. */
export function capabilityHandler<Inputs, Outputs extends object>(
  contract: CapabilityContract<Inputs, Outputs>,
  operation: Operation<Inputs, Outputs>,
  policy: Policy,
): CapabilityHandler {
  const overHttp = authenticatedRoute({ body: "json" }, async (request) => {
    const { outputs, replayed } = await runCapability(contract, operation, {
      inputs: request.body,
      principal: request.principal,
      idempotencyKey: readIdempotencyKey(request.headers["idempotency-key"]),
      requestId: request.requestId,
      deadline: request.deadline,
      now: () => new Date(),
      policy,
    });
    return { status: 200, body: outputs, headers: replayed ? { "idempotency-replayed": "true" } : {} };
  });
  return (event, context) =>
    isTaskEvent(event) ? runTask(contract, operation, policy, event, context) : overHttp(event, context);
}
