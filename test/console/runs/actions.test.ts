/** What the console offers to do with a run, on the local stack and on a deployed stage. */
import { describe, expect, it } from "@jest/globals";
import { stackSettings } from "../../../local/settings.ts";
import { cancelAction, retryAction, startCommand } from "../../../scripts/console/runs/actions.ts";
import { selectStateMachines } from "../../../scripts/target.ts";

const RUN = { workflowId: "process-payment", runId: "run-1" };
const local = stackSettings({ PORT: "9000" }, { stage: "dev", region: "us-east-1" });

describe("given the local stack", () => {
  it("a run can be cancelled and retried, and the command does the same", () => {
    expect(cancelAction(RUN, { local })).toEqual({
      route: "runs/run-1/cancel",
      command:
        'curl -s -X POST "http://localhost:9000/api/workflows/process-payment/runs/run-1/cancel" -H "Authorization: Bearer local-dev-key"',
    });
    expect(retryAction(RUN, { local }).route).toBe("runs/run-1/retry");
  });

  it("its state machines are those of its account", async () => {
    process.env.AWS_REGION = "us-east-1";
    await selectStateMachines({});
    expect(process.env.STATE_MACHINE_ARN_PREFIX).toMatch(
      /^arn:aws:states:us-east-1:000000000000:stateMachine:[\w-]+-dev-$/,
    );
  });
});

describe("given a deployed stage, of which the console has no API key", () => {
  it("only the commands are offered, with the reader's own address and key", () => {
    const { route, command } = cancelAction(RUN, { local: undefined });
    expect(route).toBeUndefined();
    expect(command).toBe(
      'curl -s -X POST "$API_URL/api/workflows/process-payment/runs/run-1/cancel" -H "Authorization: Bearer $API_KEY"',
    );
    expect(startCommand("process-payment", { local: undefined })).toContain(
      '"$API_URL/api/workflows/process-payment/runs"',
    );
  });
});
