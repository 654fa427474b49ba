/** Everything that serverless.yml imports from this folder. JavaScript, because `${file()}` runs nothing else. */
import { loadProject } from "../scripts/generate/load-project.ts";
import { alarmTopic } from "./alarm-topic.ts";
import { alarms as allAlarms } from "./alarms.ts";
import { functionDefinitions } from "./functions.ts";
import { SERVICE, STAGE } from "./grants.ts";
import { functionName } from "./names.ts";
import { functionRoles } from "./roles.ts";
import { TABLES, tableId, tableName, tableResource } from "./tables.ts";

/** The alarms and their topic. */
export function alarms() {
  return allAlarms(functionDefinitions(loadProject().contracts));
}

export async function alarmReceivers({ resolveVariable }) {
  const [email, slack] = await Promise.all(
    ["ALARM_EMAIL", "ALARM_SLACK"].map((name) => resolveVariable(`env:${name}, ''`)),
  );
  return alarmTopic({ email, slack });
}

export { eventQueues } from "./event-queues.ts";
export { stateMachines } from "./state-machines.ts";

/** `functions` of serverless.yml. */
export async function functions(variables) {
  const deployment = await deploymentOf(variables);
  return Object.fromEntries(
    functionDefinitions(loadProject().contracts).map(({ name, configuration }) => [
      name,
      { name: functionName(name, deployment), ...configuration },
    ]),
  );
}

/** The functions' roles, as a part of `resources` of serverless.yml. */
export async function roles(variables) {
  return functionRoles(functionDefinitions(loadProject().contracts), await deploymentOf(variables));
}

/** @returns {Promise<import("./names.ts").Deployment>} */
async function deploymentOf({ resolveVariable }) {
  const [service, stage, region] = await Promise.all(
    ["self:service", "sls:stage", "self:provider.region"].map((variable) => resolveVariable(variable)),
  );
  return { service, stage, region };
}

export function tables() {
  return {
    Resources: Object.fromEntries(
      TABLES.map((table) => [tableId(table), tableResource(table, tableName(table, SERVICE, STAGE))]),
    ),
  };
}
