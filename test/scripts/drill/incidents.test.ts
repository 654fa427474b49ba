import { describe, expect, it } from "@jest/globals";
import { INCIDENTS } from "../../../scripts/drill/all-incidents.ts";
import { drillCommand } from "../../../scripts/drill/command.ts";
import { stageAlarms } from "../../../scripts/drill/stage-alarms.ts";
import { askedFor } from "../../steps/commands.ts";

const ALARMS = stageAlarms({ service: "contractspec-stripe", stage: "dev", region: "us-east-1" });

describe("given the alarms of the template on this machine", () => {
  it("every name of a resource is that of the local stack", () => {
    const named = (id: string) => ALARMS.find((alarm) => alarm.id === id)?.dimensions;
    expect(named("ChargeEventsDeadLetterAlarm")).toEqual({
      QueueName: "contractspec-stripe-dev-charge-events-dead-letter",
    });
    expect(named("CustomersTableWriteThrottlesAlarm")).toEqual({
      TableName: "contractspec-stripe-dev-customers",
    });
    expect(named("CheckDriftErrorsAlarm")).toEqual({ FunctionName: "contractspec-stripe-dev-check-drift" });
    expect(named("PersonNeededAlarm")).toEqual({ stage: "dev" });
    expect(named("ProcessPaymentRunsFailedAlarm")).toEqual({
      StateMachineArn:
        "arn:aws:states:us-east-1:000000000000:stateMachine:contractspec-stripe-dev-process-payment",
    });
    for (const { dimensions } of ALARMS) expect(JSON.stringify(dimensions)).not.toContain("${");
  });
});

describe("given the incidents of the drill", () => {
  it("each has a name and an alarm of the template", () => {
    const names = INCIDENTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const ids = ALARMS.map(({ id }) => id);
    for (const { alarm } of INCIDENTS) expect(ids).toContain(alarm);
  });

  it("a whole run plays all of them, and --only plays those that it names", () => {
    const asked = (words: string) => askedFor(drillCommand, words, new Date());
    expect(asked("")).toEqual({ incidents: INCIDENTS });
    const named = asked("--only policy-edit --only stripe-down");
    expect(named.incidents.map(({ name }) => name)).toEqual(["stripe-down", "policy-edit"]);
  });
});
