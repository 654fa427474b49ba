import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { asProblem, isProblemCode, PROBLEM_KINDS, Problem } from "../../lib/errors.ts";

describe("given the closed table of problems", () => {
  const rows = readFileSync("docs/errors.md", "utf8")
    .split("\n")
    .flatMap(
      (line) =>
        line
          .match(/^\| ([A-Z_]+) \| (\d{3}) \| (yes|no|only)/)
          ?.slice(1, 4)
          .join(" ") ?? [],
    );

  it("docs/errors.md says for each code what it means and whether to retry", () => {
    const kinds = Object.entries(PROBLEM_KINDS).map(([code, { status, retryable }]) => {
      const again = code === "CONFLICT" ? "only" : retryable ? "yes" : "no";
      return `${code} ${status} ${again}`;
    });
    expect(rows).toEqual(kinds);
  });

  it("only failures that a vendor or time can resolve are retryable", () => {
    const retryable = Object.values(PROBLEM_KINDS).filter((kind) => kind.retryable);
    expect(retryable.map(({ status }) => status)).toEqual([429, 502, 503, 504]);
  });
});

describe("given a problem", () => {
  it("its alarm is in the log, and the caller does not see it", () => {
    const problem = new Problem("BAD_GATEWAY", "refused", { alarm: "stripe-authentication" });
    expect(problem.alarm).toBe("stripe-authentication");
    expect(JSON.stringify(problem.toDocument())).not.toMatch(/alarm|stripe|refused/);
  });

  it("any other thrown value becomes one that keeps its cause", () => {
    const cause = new Error("a bug");
    expect(asProblem(cause)).toMatchObject({ code: "INTERNAL_ERROR", cause, alarm: undefined });
  });
});

describe("given what the caller of a problem reads", () => {
  it.each(Object.entries(PROBLEM_KINDS))(
    "%s has its cause in the detail only below 500",
    (code, { status }) => {
      const secret = "the table Customers is not reachable";
      const { detail } = new Problem(asCode(code), secret).toDocument();
      expect(detail.includes(secret)).toBe(status < 500);
    },
  );

  it("a card number is masked, whoever put it there", () => {
    const { detail } = new Problem("BAD_REQUEST", "not known: 4242/4242/4242/4242").toDocument();
    expect(detail).toBe("not known: [card number]");
  });
});

function asCode(text: string) {
  if (!isProblemCode(text)) throw new Error(`${text} is no code`);
  return text;
}

describe("given the alarms that docs/errors.md explains", () => {
  it("they are those that lib/stripe/stripe-problem.ts raises", () => {
    const named = (file: string, pattern: RegExp) =>
      [...new Set([...readFileSync(file, "utf8").matchAll(pattern)].map((match) => match[1]))].sort();
    expect(named("docs/errors.md", /^\| `(stripe-[a-z]+)`/gm)).toEqual(
      named("lib/stripe/stripe-problem.ts", /"(stripe-[a-z]+)"/g),
    );
  });
});
