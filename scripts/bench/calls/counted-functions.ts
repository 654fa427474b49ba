/** The functions as they are, invoked in this process. */
import { type Invocation, invocationOf } from "../../../local/lambda/invocation.ts";
import { lambdaContext } from "./lambda-events.ts";

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** The function of that name: a capability's is generated, the others have a handler.ts. */
export async function handlerOf(name: string): Promise<Handler> {
  const isCapability = /^(?:stripe-(?!webhook)|send-email)/.test(name);
  const path = isCapability ? `generated/handlers/${name}.ts` : `functions/${name}/handler.ts`;
  const { handler }: { handler: Handler } = await import(`../../../${path}`);
  return handler;
}

/** Runs a task of a workflow. Never rejects. */
export function invokeTask(name: string, payload: unknown): Promise<Invocation> {
  return invocationOf(async () => {
    const handler = await handlerOf(name);
    return handler(JSON.parse(JSON.stringify(payload)), lambdaContext());
  });
}
