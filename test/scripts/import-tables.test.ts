import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { TABLES, tableId } from "../../resources/tables.ts";
import { importFiles } from "../../scripts/import-tables/import-files.ts";
import { spawned } from "../steps/commands.ts";

const STACK = "contractspec-stripe-prod";
const KEPT = TABLES.map((table, index) => `${STACK}-${tableId(table)}-1A${index}ZQ`);
/** Tables of other stages and other services, and one that a person made. */
const OTHERS = [
  `${STACK}-eu-CustomersTable-1ABC`,
  "contractspec-stripe-dev-CustomersTable-1ABC",
  `${STACK}-CustomersTable-restored`,
  `${STACK}-CustomersTable`,
  "shop",
];

describe("given the tables that a removed stack has left", () => {
  it("exactly these are imported, under the logical ids with which the next deployment manages them", () => {
    const { template, resources, missing } = importFiles([...OTHERS, ...KEPT], STACK);
    expect(missing).toEqual([]);
    expect(resources).toEqual(
      TABLES.map((table, index) => ({
        ResourceType: "AWS::DynamoDB::Table",
        LogicalResourceId: tableId(table),
        ResourceIdentifier: { TableName: KEPT[index] },
      })),
    );
    expect(template).toEqual({
      AWSTemplateFormatVersion: "2010-09-09",
      Resources: Object.fromEntries(
        TABLES.map((table) => [tableId(table), expect.objectContaining({ DeletionPolicy: "Retain" })]),
      ),
    });
  });

  it("a kind of table of which none is left is reported, because the deployment creates it", () => {
    const { resources, missing } = importFiles(KEPT.slice(1), STACK);
    expect(resources).toHaveLength(TABLES.length - 1);
    expect(missing).toEqual(TABLES.slice(0, 1));
  });

  it("tables of two removed stacks are not mixed", () => {
    const twice = `${STACK}-CustomersTable-2B`;
    expect(() => importFiles([...KEPT, twice], STACK)).toThrow(
      new RegExp(
        `Several stacks have left tables.*\n {2}CustomersTable: ${STACK}-CustomersTable-1A2ZQ, ${twice}$`,
      ),
    );
  });

  it("the command writes the files, and refuses what is not a list of names", async () => {
    const done = await spawned("import-tables", "--stage prod", {}, JSON.stringify(KEPT));
    expect(done).toMatchObject({ status: 0, err: "" });
    expect(done.out).toContain(`for ${TABLES.length} tables of contractspec-stripe-prod`);
    const written = JSON.parse(readFileSync(".local/import-tables/resources.json", "utf8"));
    expect(written).toEqual(importFiles(KEPT, STACK).resources);
    expect(await spawned("import-tables", "--stage prod", {}, "[]")).toMatchObject({
      status: 2,
      err: "No table in the list is of the stack contractspec-stripe-prod\n",
    });
    expect(await spawned("import-tables", "--stage prod", {}, "{}")).toMatchObject({
      status: 2,
      err: expect.stringContaining("Standard input must be a JSON list of names"),
    });
  });
});
