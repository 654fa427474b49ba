/** What CloudFormation needs to import tables into a new stack. Pure. */
import { Problem } from "../../lib/errors.ts";
import { TABLES, type Table, tableId, tableResource } from "../../resources/tables.ts";

export interface ImportFiles {
  /** The template of a stack that has nothing but the tables. */
  readonly template: object;
  /** The value of `--resources-to-import`. */
  readonly resources: readonly object[];
  /** Tables that the next deployment creates, because no kept one was found. */
  readonly missing: readonly Table[];
}

/**
 * The files for the tables of the stack `stackName` among `names`. Throws NOT_FOUND if there are none, and BAD_REQUEST if
 * there are several of one kind.
 */
export function importFiles(names: readonly string[], stackName: string): ImportFiles {
  const kept = TABLES.map((table) => ({
    table,
    names: names.filter((name) => isOf(name, table, stackName)),
  }));
  const several = kept.filter((found) => found.names.length > 1);
  if (several.length > 0) {
    const lines = several.map((found) => `  ${tableId(found.table)}: ${found.names.join(", ")}`);
    throw new Problem(
      "BAD_REQUEST",
      `Several stacks have left tables. Remove from the list those that are not to be imported:\n${lines.join("\n")}`,
    );
  }
  const found = kept.flatMap(({ table, names: [name] }) => (name === undefined ? [] : [{ table, name }]));
  if (found.length === 0) throw new Problem("NOT_FOUND", `No table in the list is of the stack ${stackName}`);
  return {
    template: {
      AWSTemplateFormatVersion: "2010-09-09",
      Resources: Object.fromEntries(
        // An import that fails must not delete anything.
        found.map(({ table }) => [tableId(table), { ...tableResource(table), DeletionPolicy: "Retain" }]),
      ),
    },
    resources: found.map(({ table, name }) => ({
      ResourceType: "AWS::DynamoDB::Table",
      LogicalResourceId: tableId(table),
      ResourceIdentifier: { TableName: name },
    })),
    missing: kept.filter(({ names: [name] }) => name === undefined).map(({ table }) => table),
  };
}

/** CloudFormation names a table after its stack and its logical id, and adds letters and digits. */
function isOf(name: string, table: Table, stackName: string): boolean {
  const start = `${stackName}-${tableId(table)}-`;
  return name.startsWith(start) && /^[A-Z0-9]+$/.test(name.slice(start.length));
}
