import type { Entry } from "../../journal/entry.ts";
import { counted, type Detector, evidenceOf } from "../finding.ts";

const HOUR_MS = 60 * 60 * 1000;

/** A denial is the policy at work. An hour later nobody needs to look at it. */
export const deniedCalls: Detector = {
  looksFor: "calls that the policy denies",
  detect: async ({ recent, now }) => {
    const denied = recent.filter(
      ({ decision, outcome, at }) =>
        decision?.decision === "DENY" && outcome === "refused" && at > now.getTime() - HOUR_MS,
    );
    const groups = Map.groupBy(denied, whoAndWhat);
    return [...groups].map(([key, entries]) => {
      const { principal = "somebody", title = "", decision } = entries[0] ?? {};
      return {
        id: `denied-calls:${key}`,
        title: `The policy denies ${principal} ${title}, ${counted(entries.length, "time")} in the last hour`,
        cause: `The rule ${decision?.ruleId ?? ""} decided so. Either the caller must not do this, or a rule is missing or too narrow.`,
        ...evidenceOf(entries),
        repairs: [
          {
            does: "See which rules matched, and why the others did not",
            command: `npm run policy -- explain ${principal}=<roles> ${title} events/inputs/${title}.json`,
          },
          {
            does: "See when the policies changed, and by whom",
            command: "git log -p policies/",
          },
          {
            does: "See the roles of the caller's keys",
            command: "npm run keys -- list",
          },
        ],
      };
    });
  },
};

const whoAndWhat = ({ principal = "", title, decision }: Entry) =>
  [principal, title, decision?.ruleId].join(" ");
