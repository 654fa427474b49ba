/** What one execution has passed through. Step Functions bills each state that is entered, and each retry. */
import { GetExecutionHistoryCommand, SFNClient } from "@aws-sdk/client-sfn";
import { LOCAL_CREDENTIALS } from "../local-credentials.ts";
import { executionArn } from "./workflow-machine.ts";

/** The names of the states, in order; undefined until the execution has ended. `endpoint`: the emulator's. */
export async function statesEntered(
  endpoint: string,
  workflowId: string,
  execution: string,
): Promise<readonly string[] | undefined> {
  const sfn = new SFNClient({ endpoint, region: "us-east-1", credentials: LOCAL_CREDENTIALS });
  try {
    const { events = [] } = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn: executionArn(workflowId, execution), maxResults: 1000 }),
    );
    if (!events.some(({ type = "" }) => /^Execution(?!Started)/.test(type))) return undefined;
    return events.flatMap(({ stateEnteredEventDetails: entered }) => entered?.name ?? []);
  } finally {
    sfn.destroy();
  }
}
