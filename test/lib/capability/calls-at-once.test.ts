import { describe, expect, it } from "@jest/globals";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { aCall, run, succeeding } from "./charge.ts";

given.localAws();

/** Concurrent calls with one key. */
const CALLS = tries({ sample: 60, whole: 200 });

describe("given many concurrent calls", () => {
  it(`of ${CALLS} calls with one key only one runs; the others get its answer or a 409 with a time to retry`, async () => {
    const { keys, operation } = succeeding();
    const call = aCall();
    const results = await Promise.allSettled(Array.from({ length: CALLS }, () => run(operation, call)));
    expect(keys).toHaveLength(1);
    for (const result of results) {
      if (result.status === "fulfilled")
        expect(result.value.outputs).toEqual({ receipt: "secret-receipt-1" });
      else expect(result.reason).toMatchObject({ code: "CONFLICT", retryAfterSeconds: expect.any(Number) });
    }
  });
});
