/** The simulation itself: seeds break no promise, a seed repeats its world, and planted bugs are found. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { PLANTED_BUGS } from "../interleavings/planted-bugs.ts";
import { spawned } from "../steps/commands.ts";
import { tries } from "../steps/effort.ts";

/** More than a thread plays at once, so that two threads share them. */
const SEEDS = tries({ sample: 12, whole: 400 });
/** One of the first seeds shows it. */
const EASY_BUG = "answer-not-stored";
/** It takes a crash after SES was called. */
const HARD_BUG = "perhaps-sent-mail-sent-again";

const hashIn = (text: string) => /trace hash of all: (\w+)/.exec(text)?.[1];

describe("given simulated worlds", () => {
  it(`${SEEDS} seeds break no promise, and have the same traces in other processes and after other seeds`, async () => {
    const { out, err, status } = await spawned("interleavings", `--seeds ${SEEDS} --threads 1`);
    expect({ out, err, status }).toMatchObject({
      out: expect.stringContaining("No promise was broken."),
      status: 0,
    });
    const shared = await spawned("interleavings", `--seeds ${SEEDS} --threads 2`);
    expect(hashIn(out)).toBeDefined();
    expect(hashIn(shared.out)).toBe(hashIn(out));
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

  it("the command says after how many seeds a bug is found, and fails if one is not", async () => {
    const bugs = `--bug ${EASY_BUG} --bug ${HARD_BUG}`;
    const { out, status } = await spawned("interleavings", `--planted ${bugs} --most 20 --threads 1`);
    expect(out).toMatch(new RegExp(`after \\d+ +${EASY_BUG} +one effect per key: `));
    expect(out).toContain(`NOT FOUND  ${HARD_BUG}`);
    expect(out).toContain("1 of 2 planted bugs were found.");
    expect(status).toBe(1);
  });
});
