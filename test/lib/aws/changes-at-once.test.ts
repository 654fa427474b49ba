import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { changeItem } from "../../../lib/aws/change-item.ts";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { tries } from "../../steps/effort.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const TABLE = "StripeObjectsTable";
const aKey = () => ({ objectId: randomUUID() });

describe("given any number of concurrent writers that lose requests and responses", () => {
  const fault = fc.record({
    kind: fc.constantFrom("reset-before" as const, "reset-after" as const),
    after: fc.nat(8),
  });

  it("every change that recognizes its own effect takes effect exactly once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fault, { maxLength: 2 }),
        async (writers, faults) => {
          dynamodb.reset();
          for (const each of faults) dynamodb.fail({ ...each, operation: "PutItem" });
          const key = aKey();
          const names = Array.from({ length: writers }, () => randomUUID());
          await Promise.all(
            names.map((name) =>
              changeItem(TABLE, key, (before) => {
                const written = Array.isArray(before?.written) ? before.written : [];
                if (written.includes(name)) return { result: undefined };
                return { item: { written: [...written, name] }, result: undefined };
              }),
            ),
          );
          dynamodb.reset();
          const item = await getItem(TABLE, key);
          expect([...new Set([item?.written].flat())].sort()).toEqual([...names].sort());
          expect(item).toMatchObject({ version: writers, written: { length: writers } });
        },
      ),
      { numRuns: tries({ sample: 5, whole: 40 }) },
    );
  });
});
