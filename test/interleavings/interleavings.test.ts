/** The simulation itself: seeds break no promise, a seed repeats its world, and planted bugs are found. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { spawned } from "../steps/commands.ts";
import { tries } from "../steps/effort.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";

const SEEDS = tries({ sample: 25, whole: 600 });
/** Found within a few seeds, so that the search shows that findings are reported. */
const EASY_BUG = "answer-not-stored";

const hashIn = (text: string) => /trace hash(?: of all:)? (\w+)/.exec(text)?.[1];

describe("given simulated worlds", () => {
  it(`${SEEDS} seeds break no promise`, async () => {
    const { out, err, status } = await spawned("interleavings", `--seeds ${SEEDS} --threads 1`);
    expect({ out, err, status }).toMatchObject({
      out: expect.stringContaining("No promise was broken."),
      status: 0,
    });
  });

  it("the same seed gives the same trace in another process, alone or after other seeds", async () => {
    const alone = await spawned("interleavings", "--seed 3 --trace");
    const again = await spawned("interleavings", "--seed 3 --trace");
    expect(alone.out.split("\n").length).toBeGreaterThan(100);
    expect(again.out).toBe(alone.out);
    const [afterOthers, first, second] = await Promise.all(
      ["--first 3 --seeds 2 --threads 1", "--first 3 --seeds 1", "--first 4 --seeds 1"].map((words) =>
        spawned("interleavings", words),
      ),
    );
    expect(hashIn(afterOthers?.out ?? "")).toBeDefined();
    expect(hashIn(first?.out ?? "")).not.toBe(hashIn(second?.out ?? ""));
    const others = await spawned("interleavings", "--first 3 --seeds 2 --threads 2");
    expect(hashIn(others.out)).toBe(hashIn(afterOthers?.out ?? ""));
  });
});

describe("given planted bugs", () => {
  it("there are at least forty, each with its own name", () => {
    expect(new Set(PLANTED_BUGS.map(({ id }) => id)).size).toBe(PLANTED_BUGS.length);
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(PLANTED_BUGS)("the guard that $id removes is in the code, once", ({ file, source }) => {
    expect(readFileSync(file, "utf8").split(source)).toHaveLength(2);
  });

  it("a planted bug is found, and the command says after how many seeds", async () => {
    const { out, status } = await spawned("interleavings", `--planted --bug ${EASY_BUG} --most 20`);
    expect(out).toMatch(new RegExp(`after \\d+ +${EASY_BUG} +one effect per key: `));
    expect(out).toContain("1 of 1 planted bugs were found.");
    expect(status).toBe(0);
  });

  it("a bug that no seed shows is a failure", async () => {
    const { out, status } = await spawned(
      "interleavings",
      "--planted --bug perhaps-sent-mail-sent-again --most 1",
    );
    expect(out).toContain("0 of 1 planted bugs were found.");
    expect(status).toBe(1);
  });
});
