/** The commands of `npm run policy`. No I/O. */
import { ACTIONS, USAGE_NAMES } from "../../lib/policy/policy.ts";
import { present } from "../../lib/present.ts";
import type { Action, Command } from "../command-line/command.ts";
import { readStage } from "../command-line/target-options.ts";
import type { ExplainRequest } from "./explain.ts";

export type PolicyAsked =
  | { readonly action: "check" }
  | { readonly action: "test" }
  | {
      readonly action: "explain";
      readonly request: Omit<ExplainRequest, "input">;
      /** A JSON file; `-` for standard input. */
      readonly file: string;
    };

const check: Action<PolicyAsked> = {
  name: "check",
  summary: "Checks the policies and the decision tables, as `npm run generate` does",
  read: () => ({ action: "check" }),
};

const test: Action<PolicyAsked> = {
  name: "test",
  summary:
    "Compares the policies with the decision tables, policies/*.cases.md, and names the cases that are missing",
  read: () => ({ action: "test" }),
};

const explain: Action<PolicyAsked> = {
  name: "explain",
  summary: "Shows one decision, and why; a denial is a decision too: exit status 0",
  positionals: [
    { name: "principal", about: "a role, or an id and its roles: checkout, shop-1=checkout,support" },
    { name: "capability", about: "a capability, a workflow or audit" },
    { name: "input.json", about: "a file with the input, or - for standard input" },
  ],
  options: {
    action: { value: "<action>", about: `${ACTIONS.join(", ")}; by default the natural one` },
    stage: {
      value: "<stage>",
      about: "the stage that conditions read; by default dev, as on the local stack",
    },
    now: {
      value: "<UTC>",
      about: "the time that conditions read, such as 2026-11-25T10:00:00Z; by default now",
    },
    usage: {
      value: "<counts>",
      about: `${USAGE_NAMES[0]}=61,${USAGE_NAMES[1]}=5000; without it, rules that read usage are left out`,
    },
    customer: { value: "<cus_...>", about: "the only Stripe customer that the principal can act for" },
  },
  read: (given) => {
    const [principal = "", capability = "", file = ""] = given.positionals;
    return {
      action: "explain",
      file,
      request: {
        principal,
        capability,
        ...present({
          action: given.text("action"),
          stage: readStage(given.text("stage")),
          now: given.text("now"),
          usage: given.text("usage"),
          customer: given.text("customer"),
        }),
      },
    };
  },
};

export const policyCommand: Command<PolicyAsked> = {
  invocation: "npm run policy --",
  summary: "Checks, tests and explains the policies of this folder",
  actions: [check, test, explain],
  notes: ["docs/policy.md explains how to write policies."],
};
