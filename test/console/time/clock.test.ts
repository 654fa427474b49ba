import { describe, expect, it } from "@jest/globals";
import { secondsToMove, usualSteps } from "../../../scripts/console/time/clock.ts";

const NOW = new Date("2026-01-31T12:00:00.000Z");

describe("moving the clock", () => {
  it.each([
    [{ seconds: 3600 }, 3600],
    [{ to: "2026-01-31T13:00Z" }, 3600],
    [{ to: "2026-02-01T12:00" }, 86_400],
  ])("%j are %d seconds", (input, seconds) => {
    expect(secondsToMove(NOW, input)).toBe(seconds);
  });

  it.each([
    [{}, "whole number"],
    [{ seconds: "3600" }, "whole number"],
    [{ seconds: 0.5 }, "whole number"],
    [{ to: "" }, "a time in UTC"],
    [{ to: "yesterday" }, "a time in UTC"],
    [{ to: "2026-01-31T11:00Z" }, "moves forward only"],
    [{ seconds: -1 }, "moves forward only"],
    [{ seconds: 0 }, "moves forward only"],
    [{ to: "2099-01-01T00:00Z" }, "ten years"],
    [undefined, "whole number"],
  ])("%j is refused, and says what would be right", (input, says) => {
    expect(() => secondsToMove(NOW, input)).toThrow(says);
  });

  it("a month after the 31st of January ends with February", () => {
    const month = usualSteps(NOW).find(({ name }) => name === "a month");
    expect(new Date(NOW.getTime() + 1000 * (month?.seconds ?? 0)).toISOString()).toBe(
      "2026-02-28T12:00:00.000Z",
    );
  });
});
