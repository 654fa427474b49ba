/** Conversations of hostile agents break no promise, a seed repeats its conversations, and planted bugs are found. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { PLANTED_BUGS } from "../hostile-agents/planted-bugs.ts";
import { spawned } from "../steps/commands.ts";
import { tries } from "../steps/effort.ts";

/** Two worlds at least: the second one is played by code that was used before. */
const CONVERSATIONS = tries({ sample: 10, whole: 1_000 });
/** Loading the code with a bug takes seconds. */
const BUGS = PLANTED_BUGS.slice(0, tries({ sample: 1, whole: PLANTED_BUGS.length }));

const figuresIn = (out: string) =>
  Object.fromEntries(
    out.split("\n").flatMap((line) => {
      const [, name, figure] = /^([\w: ]+?) {2,}(\w+)$/.exec(line.trim()) ?? [];
      return name === undefined ? [] : [[name, figure]];
    }),
  );

describe("given conversations of hostile agents", () => {
  it(`${CONVERSATIONS} of them do nothing twice, above a limit, unaudited or without an approval`, async () => {
    const ended = await spawned("hostile-agents", `--conversations ${CONVERSATIONS} --threads 1`);
    const figures = figuresIn(ended.out);
    expect({ ...ended, figures }).toMatchObject({
      status: 0,
      figures: {
        conversations: String(CONVERSATIONS),
        "effects at Stripe": expect.stringMatching(/^[1-9]/),
        "approvals used": expect.stringMatching(/^[1-9]/),
        "broken: no double effect": "0",
        "broken: no limit exceeded": "0",
        "broken: nothing unaudited": "0",
        "broken: no effect without approval": "0",
        "broken: no wrong response": "0",
      },
    });
    // In another process and another order, the same seeds give the same conversations.
    if (CONVERSATIONS < 100) return;
    const shared = await spawned("hostile-agents", `--conversations ${CONVERSATIONS} --threads 2`);
    expect(figuresIn(shared.out)["hash of everything"]).toBe(figures["hash of everything"]);
  });
});

describe("given planted bugs", () => {
  it.each(PLANTED_BUGS)("the guard that $id removes is in the code, once", ({ file, source }) => {
    expect(readFileSync(file, "utf8").split(source)).toHaveLength(2);
  });

  it("the command says after how many seeds a bug is found, and fails if one is not", async () => {
    const bugs = BUGS.map(({ id }) => `--bug ${id}`).join(" ");
    const { out, status } = await spawned("hostile-agents", `--planted ${bugs} --most 1 --threads 1`);
    expect(out).toMatch(/after 1 +each-call-has-a-key-of-its-own +no double effect: /);
    const found = out.match(/^after 1 /gm)?.length ?? 0;
    expect(out).toContain(`${found} of ${BUGS.length} planted bugs were found.`);
    expect(status).toBe(found === BUGS.length ? 0 : 1);
  });
});
