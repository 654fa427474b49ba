/** What the dashboard of a stage in us-east-1 follows from. */
import { alarms } from "../../resources/alarms.ts";
import type { Declared } from "../../resources/dashboard/dashboard.ts";
import { eventQueues } from "../../resources/event-queues.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { statesOfWorkflows } from "../../resources/state-machines.ts";
import { readPrices } from "../../scripts/cost/prices.ts";
import { contracts } from "./shipped-project.ts";

export function declaredDashboard(): Declared {
  const definitions = functionDefinitions(contracts);
  const all = { ...alarms(definitions).Resources, ...eventQueues.Resources };
  return {
    definitions,
    workflows: statesOfWorkflows(),
    alarmIds: Object.keys(all).filter((id) => all[id]?.Type === "AWS::CloudWatch::Alarm"),
    prices: readPrices(),
    region: "us-east-1",
  };
}
