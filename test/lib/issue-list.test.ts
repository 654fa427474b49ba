import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { invalidFields, Problem } from "../../lib/errors.ts";
import { IssueList, MAX_ISSUE_CHARACTERS, MAX_ISSUES } from "../../lib/issue-list.ts";

const issue = fc.record({ path: fc.string({ maxLength: 1_000 }), message: fc.string({ maxLength: 400 }) });

describe("given any number of issues", () => {
  it("the first ones are listed, as many as fit, and the others are counted", () => {
    fc.assert(
      fc.property(fc.array(issue, { maxLength: 120 }), fc.nat(), (found, unlisted) => {
        const { issues, moreIssues } = IssueList.of({ issues: found, moreIssues: unlisted });

        expect(issues).toEqual(found.slice(0, issues.length));
        expect(issues.length + moreIssues).toBe(found.length + unlisted);
        expect(issues.length).toBeLessThanOrEqual(MAX_ISSUES);
        if (issues.length > 1) {
          expect(issues.map(({ path, message }) => path + message).join("").length).toBeLessThanOrEqual(
            MAX_ISSUE_CHARACTERS,
          );
        }
      }),
    );
  });

  it("a problem says how many there are, wherever it was made, and is small", () => {
    const issues = Array.from({ length: 29_000 }, (_, n) => ({ path: `metadata.${n}`, message: "is wrong" }));

    for (const problem of [invalidFields({ issues }), new Problem("VALIDATION_FAILED", "no", { issues })]) {
      expect(problem.toDocument()).toMatchObject({ issues: issues.slice(0, MAX_ISSUES), moreIssues: 28_950 });
      expect(JSON.stringify(problem.toDocument()).length).toBeLessThan(16_384);
    }
    expect(invalidFields({ issues }).message).toBe("metadata.0 is wrong (and 28999 more)");
  });

  it("one issue is the whole detail, and nothing is counted", () => {
    const { issues, moreIssues, message } = invalidFields({ issues: [{ path: "", message: "is wrong" }] });

    expect({ issues, moreIssues, message }).toEqual({
      issues: [{ path: "", message: "is wrong" }],
      moreIssues: 0,
      message: "is wrong",
    });
    expect(new Problem("NOT_FOUND", "no").toDocument()).not.toHaveProperty("moreIssues");
  });
});
