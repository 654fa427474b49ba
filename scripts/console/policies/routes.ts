/** Policies: one decision and why, what can be asked, and the cases with their results. */
import { mentionedRoles } from "../../../lib/compiler/policy/roles.ts";
import { SourceError } from "../../../lib/compiler/source/source-issue.ts";
import { Problem } from "../../../lib/errors.ts";
import { listApiKeys } from "../../../lib/identity/api-keys.ts";
import type { Principal } from "../../../lib/identity/principal.ts";
import { ACTIONS, USAGE_NAMES } from "../../../lib/policy/policy.ts";
import { present } from "../../../lib/present.ts";
import type { PolicyCase } from "../../policy/cases.ts";
import { policyOf } from "../../policy/explain.ts";
import { loadCases } from "../../policy/load-cases.ts";
import { missingCases } from "../../policy/missing-cases.ts";
import { differenceOf } from "../../policy/run-cases.ts";
import { type FormField, formOf } from "../runs/form.ts";
import { currentProject } from "../runs/sources.ts";
import type { ConsoleContext, ConsoleRequest, Route } from "../server/route.ts";
import { type DecisionView, decisionView } from "./decision-view.ts";
import { rulePlaces } from "./rule-places.ts";

export interface PolicyQuestions {
  /** That a rule mentions. */
  readonly roles: readonly string[];
  /** What can be requested; the natural action is first. */
  readonly resources: readonly { readonly id: string; readonly actions: readonly string[] }[];
  readonly usageNames: readonly string[];
  /** The deployed stage that the console shows: the files are those of this checkout all the same. */
  readonly stage?: string;
}

/** Whom the API keys are for. */
export interface KnownPrincipals {
  readonly principals: readonly Principal[];
}

export interface InputForm {
  readonly fields: readonly FormField[];
}

export interface CaseList {
  readonly cases: readonly CaseView[];
  /** What the tables leave out. */
  readonly missing: readonly string[];
}

export interface CaseView {
  /** `policies/default.cases.md:12` */
  readonly place: string;
  readonly who: string;
  readonly action: string;
  readonly capability: string;
  readonly decision: string;
  readonly ruleId: string;
  readonly because: string;
  /** The query of the page that explains the decision. */
  readonly query: string;
  /** What is decided instead; left out if the case passes. */
  readonly difference?: string;
}

export const policyRoutes: readonly Route[] = [
  { method: "GET", path: "/console/api/policies", respond: questions },
  { method: "GET", path: "/console/api/policies/principals", respond: principals },
  { method: "GET", path: "/console/api/policies/form", respond: inputForm },
  { method: "GET", path: "/console/api/policies/decision", respond: decision },
  { method: "GET", path: "/console/api/policies/cases", respond: cases },
];

function questions(_request: ConsoleRequest, { target }: ConsoleContext): PolicyQuestions {
  const { rules, attempts } = currentProject();
  const resources = [...new Set(attempts.map(({ capability }) => capability))];
  return {
    roles: mentionedRoles(rules.map(({ condition }) => condition)).names,
    resources: resources.map((id) => ({
      id,
      actions: attempts.flatMap(({ capability, action }) => (capability === id ? [action] : [])),
    })),
    usageNames: USAGE_NAMES,
    ...present({ stage: target.stage }),
  };
}

async function principals(): Promise<KnownPrincipals> {
  const all = (await listApiKeys()).map(({ principal }) => principal);
  const distinct = new Map(all.map((principal) => [JSON.stringify(principal), principal]));
  return { principals: [...distinct.values()].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

function inputForm({ query }: ConsoleRequest): InputForm {
  const action = ACTIONS.find((known) => known === query.get("action"));
  if (action === undefined) throw new Problem("BAD_REQUEST", `action is one of ${ACTIONS.join(", ")}`);
  return { fields: formOf(currentProject().schemaOf(query.get("capability") ?? "", action)) };
}

async function decision({ query }: ConsoleRequest, { now, target }: ConsoleContext): Promise<DecisionView> {
  const text = (name: string) => query.get(name) || undefined;
  const request = {
    principal: principalIn(query),
    capability: query.get("capability") ?? "",
    input: inputIn(query.get("input") || "{}"),
    partly: query.get("partly") !== null,
    ...present({
      action: text("action"),
      stage: text("stage") ?? target.stage,
      now: text("now"),
      usage: text("usage"),
      customer: text("customer"),
    }),
  };
  return decisionView(currentProject(), request, rulePlaces(), await now());
}

/** As `npm run policy -- explain` takes it: an id and its roles. */
function principalIn(query: URLSearchParams): string {
  const roles = query.getAll("role").join(",");
  return `${query.get("id") || roles.replaceAll(",", "-") || "nobody"}=${roles}`;
}

function inputIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("BAD_REQUEST", "The input is not JSON");
  }
}

function queryOf({ roles, customerId, capability, action, input, usage }: PolicyCase): string {
  const query = new URLSearchParams({
    ...{ capability, action, partly: "", input: JSON.stringify(input) },
    usage: Object.entries(usage)
      .map(([name, count]) => `${name}=${count}`)
      .join(","),
    ...present({ customer: customerId }),
  });
  for (const role of roles) query.append("role", role);
  return query.toString();
}

function cases(): CaseList {
  const project = currentProject();
  try {
    const found = loadCases(project.rules);
    const policy = policyOf(project);
    return {
      cases: found.map((row) => ({
        ...{ place: row.place, who: row.who, action: row.action, capability: row.capability },
        ...{ decision: row.decision, ruleId: row.ruleId, because: row.because },
        query: queryOf(row),
        ...present({ difference: differenceOf(row, policy, project) }),
      })),
      missing: missingCases(found, project),
    };
  } catch (thrown) {
    if (!(thrown instanceof SourceError)) throw thrown;
    throw new Problem("PRECONDITION_FAILED", `The cases have mistakes: ${thrown.message}`);
  }
}
