/** Everything that serverless.yml imports from this folder. JavaScript, because `${file()}` runs nothing else. */
import { loadProject } from "../scripts/generate/load-project.ts";
import { functionDefinitions } from "./functions.ts";
import { SERVICE, STAGE } from "./grants.ts";
import { TABLES, tableId, tableName, tableResource } from "./tables.ts";

export { eventQueues } from "./event-queues.ts";
export { stateMachines } from "./state-machines.ts";

/** `functions` of serverless.yml. */
export function functions() {
  return Object.fromEntries(
    functionDefinitions(loadProject().contracts).map(({ name, configuration }) => [name, configuration]),
  );
}

export function tables() {
  return {
    Resources: Object.fromEntries(
      TABLES.map((table) => [tableId(table), tableResource(table, tableName(table, SERVICE, STAGE))]),
    ),
  };
}
