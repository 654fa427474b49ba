/** What the roles of the package allow, and what the code of their functions needs. */
import { logGroupId } from "../../../resources/cloudformation.ts";
import { queueId } from "../../../resources/event-queues.ts";
import { consumedQueue } from "../../../resources/functions.ts";
import type { GrantName } from "../../../resources/grants.ts";
import { TABLES, tableId, tableVariable } from "../../../resources/tables.ts";
import type { Needs } from "../../../scripts/generate/functions/bundle-needs.ts";
import { DEFINITIONS, FUNCTIONS, type Resource, roleOf, text } from "./packaged.ts";

export interface RoleStatement {
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
}
export function statementsOf(role: Resource | undefined): RoleStatement[] {
  const policies: { PolicyDocument: { Statement: RoleStatement[] } }[] = JSON.parse(
    text(role?.Properties.Policies ?? []),
  );
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** The names of the functions that use one of these grants. */
export const using = (...grants: GrantName[]) =>
  DEFINITIONS.filter(({ uses }) => grants.some((grant) => uses.includes(grant))).map(({ name }) => name);
/** The names of the functions whose role allows the action. */
export const allowed = (action: string) =>
  FUNCTIONS.filter((name) => text(roleOf(name)?.Properties.Policies ?? []).includes(`"${action}"`));

/** The names of what statements with such an action are about. */
export function named(statements: readonly RoleStatement[], action: string, pattern: RegExp): string[] {
  const about = statements.filter(({ Action }) => Action.some((allowed) => allowed.startsWith(action)));
  const found = about.flatMap(({ Resource }) => [...text(Resource).matchAll(pattern)]);
  return [...new Set(found.map(([, name = ""]) => name))].sort();
}

/** What the function's role must allow, from its code and from what Lambda itself does for it. */
export function roleNeeds(name: string, needs: Needs | undefined) {
  const { actions = new Set(), secrets = new Set(), variables = new Set() } = needs ?? {};
  const queue = consumedQueue(name);
  const all = [
    ...["logs:CreateLogStream", "logs:PutLogEvents"],
    ...(queue === undefined ? [] : ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
    ...[...actions].filter((action) => action !== "ssm:GetParameters"),
    ...(secrets.size === 0 ? [] : ["ssm:GetParameters"]),
  ];
  return {
    name,
    actions: all.sort(),
    tables: TABLES.filter((table) => variables.has(tableVariable(table)))
      .map((table) => tableId(table).replace(/Table$/, ""))
      .sort(),
    received: queue === undefined ? [] : [queueId(queue).replace(/EventsQueue$/, "")],
    logs: [logGroupId(name)],
  };
}
