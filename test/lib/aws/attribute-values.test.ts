import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fromAttributes, toAttributes } from "../../../lib/aws/attribute-values.ts";
import { getItem, putItem, queryItems, replaceItem, updateAndRead } from "../../../lib/aws/dynamodb.ts";
import { anyJson } from "../../steps/any-json.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();

/** What comes back: a number that DynamoDB cannot store as text, and JSON's one zero. */
function asStored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asStored);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, asStored(field)]));
  if (typeof value !== "number") return value;
  const size = Math.abs(value);
  if (value === 0) return 0;
  return size < 1e-130 || size > 9.99e125 ? String(value) : value;
}

describe("given any JSON", () => {
  it("its attributes are the same JSON again", () => {
    fc.assert(
      fc.property(anyJson.fields, (fields) => {
        expect(fromAttributes(toAttributes(fields))).toEqual(asStored(fields));
      }),
      { numRuns: tries({ sample: 150, whole: 500 }) },
    );
  });

  it("DynamoDB stores it, below a field and as the item itself, in every kind of write", async () => {
    await fc.assert(
      fc.asyncProperty(anyJson.fields, async (json) => {
        const task = randomUUID();
        const fields = { ...json, task, progress: json };
        expect(await putItem("RepairProgressTable", fields)).toBe(true);
        expect(await getItem("RepairProgressTable", { task })).toEqual(asStored(fields));
        const update = { names: { "#json": "savedAt" }, values: { ":json": json } };
        expect(await updateAndRead("RepairProgressTable", { task }, "SET #json = :json", update)).toEqual({
          savedAt: asStored(json),
        });
        const key = { expression: "task = :task", values: { ":task": task } };
        const { items } = await queryItems("RepairProgressTable", { key });
        expect(items).toEqual([{ ...Object(asStored(fields)), savedAt: asStored(json) }]);
        expect((await replaceItem("RepairProgressTable", { task }))?.before).toEqual(items[0]);
      }),
      { numRuns: tries({ sample: 12, whole: 40 }) },
    );
  });

  it("a Set of ours becomes a set of texts, to which DynamoDB can add", () => {
    expect(toAttributes({ marks: new Set(["a", "b"]) })).toEqual({ marks: { SS: ["a", "b"] } });
    expect(fromAttributes({ marks: { SS: ["a", "b"] } })).toEqual({ marks: new Set(["a", "b"]) });
  });

  it("a number larger than JavaScript's largest becomes text, and an undefined field is left out", () => {
    expect(toAttributes({ amount: JSON.parse("1e400"), nothing: undefined, list: [undefined] })).toEqual({
      amount: { S: "Infinity" },
      list: { L: [{ NULL: true }] },
    });
  });

  it.each([() => 1, Symbol("x"), 1n])("%p, which is not JSON, is refused", (value) => {
    expect(() => toAttributes({ value })).toThrow(TypeError);
  });
});
