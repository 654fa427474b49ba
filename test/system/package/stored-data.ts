/** The tables of the package, and what outlives the stack. */
import { describe, expect, it } from "@jest/globals";
import { fieldsOf } from "../../../lib/untrusted.ts";
import { ARCHIVE_BUCKET, ARCHIVE_NAME } from "../../../resources/archive-bucket.ts";
import { TABLES, tableId, tableNamesParameter } from "../../../resources/tables.ts";
import { ofType, resources } from "./packaged.ts";
import { allowed } from "./roles.ts";

describe("given the package", () => {
  it("every table is encrypted, recoverable and kept, except when the deployment that creates it fails", () => {
    const tables = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::DynamoDB::Table");
    expect(tables.map(([id]) => id).sort()).toEqual(TABLES.map(tableId).sort());
    for (const [, table] of tables) {
      expect(table).toMatchObject({
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
        Properties: {
          SSESpecification: { SSEEnabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      });
    }
  });

  it("nothing that outlives the stack has a name that the next stack would need", () => {
    const kept = Object.entries(resources).filter(
      ([, { DeletionPolicy, UpdateReplacePolicy }]) =>
        DeletionPolicy !== undefined || UpdateReplacePolicy !== undefined,
    );
    expect(kept.length).toBeGreaterThanOrEqual(TABLES.length);
    // A version of a function refers to the name of its function, and has none of its own.
    const fixed = kept.flatMap(([id, { Properties }]) =>
      Object.entries(Properties).flatMap(([property, value]) =>
        /Name$/.test(property) && typeof value === "string" ? [`${id} ${property}`] : [],
      ),
    );
    expect(fixed).toEqual([]);
    // CloudWatch Logs creates a missing log group for a role that may: a function that still runs while the stack is
    // deleted would leave one.
    expect(allowed("logs:CreateLogGroup")).toEqual([]);
  });

  it("operators' commands find the names of every table and of the audit log's archive in a parameter of the stage", () => {
    const [parameter, ...others] = ofType("AWS::SSM::Parameter");
    expect(others).toEqual([]);
    expect(parameter?.Properties.Name).toBe(tableNamesParameter("contractspec-stripe", "dev"));
    const { Value } = fieldsOf(parameter?.Properties);
    const names = JSON.parse(String(fieldsOf(Value)["Fn::Sub"]));
    expect(names).toEqual({
      ...Object.fromEntries(TABLES.map((table) => [table, `\${${tableId(table)}}`])),
      [ARCHIVE_NAME]: `\${${ARCHIVE_BUCKET}}`,
    });
  });
});
