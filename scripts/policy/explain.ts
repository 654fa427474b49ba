/** `explain`: one decision, and the outcome of every rule in scope. No I/O. */

import { policyInput } from "../../lib/capability/own-objects.ts";
import { suggestion } from "../../lib/contract/suggestion.ts";
import { invalidField, Problem } from "../../lib/errors.ts";
import { createPolicy } from "../../lib/policy/create-policy.ts";
import type { Policy, RuleVerdict } from "../../lib/policy/decide.ts";
import { factsOf } from "../../lib/policy/facts.ts";
import {
  ACTIONS,
  type Action,
  type Decision,
  type PolicyQuery,
  USAGE_NAMES,
  type Usage,
} from "../../lib/policy/policy.ts";
import { present } from "../../lib/present.ts";
import { textTable } from "../text-table.ts";
import { type DecidingPart, decidingParts, wordedPart } from "./explain-condition.ts";
import type { PolicyProject } from "./project.ts";
import { QUIET_USAGE } from "./quiet-usage.ts";

/** The request as written on the command line. */
export interface ExplainRequest {
  readonly principal: string;
  readonly capability: string;
  readonly input: unknown;
  readonly action?: string | undefined;
  readonly stage?: string | undefined;
  /** ISO 8601, UTC. */
  readonly now?: string | undefined;
  /** `callsThisMinute=61,customerAmountToday=5000` */
  readonly usage?: string | undefined;
  readonly customer?: string | undefined;
  /** Whether required fields of the input can be left out, as in a case. */
  readonly partly?: boolean;
}

/** A decision, and what each rule says to it. */
export interface Explained {
  readonly query: PolicyQuery;
  readonly decision: Decision;
  /** The rules in scope, by priority. Without usage, those that read it are left out. */
  readonly rules: readonly ExplainedRule[];
}

export interface ExplainedRule extends RuleVerdict {
  /** The parts of its condition that decide whether it matches. */
  readonly parts: readonly DecidingPart[];
}

/** Throws a Problem for an invalid request, or when the contract refuses its input. */
export function explained(project: PolicyProject, request: ExplainRequest, clock: Date): Explained {
  const query = queryOf(project, request, clock);
  const policy = policyOf(project);
  const facts = factsOf(query);
  return {
    query,
    decision: policy.decide(query),
    rules: policy.explain(query).map((verdict) => ({
      ...verdict,
      parts: decidingParts(verdict.rule.condition, facts),
    })),
  };
}

/** Parsed once for each project. */
const policies = new WeakMap<PolicyProject, Policy>();

export function policyOf(project: PolicyProject): Policy {
  const policy = policies.get(project) ?? createPolicy(project.rules);
  policies.set(project, policy);
  return policy;
}

/** The lines to print. Throws as `explained` does. */
export function explainDecision(project: PolicyProject, request: ExplainRequest, clock: Date): string[] {
  const { query, decision, rules } = explained(project, request, clock);
  return [
    ...headlines(query, decision),
    "",
    textTable([["rule", "effect", "outcome", "because"], ...rules.map(rowOf)]),
    ...(query.usage === undefined ? ["", USAGE_HINT] : []),
  ];
}

const USAGE_HINT = `Rules that read usage were left out; --usage ${USAGE_NAMES[0]}=1 includes them.`;

function headlines(query: PolicyQuery, { decision, ruleId, reason, redactFields }: Decision): string[] {
  const { principal, action, resource, stage, now } = query;
  const roles = principal.roles.length === 0 ? "no roles" : `roles ${principal.roles.join(", ")}`;
  const bound = principal.customerId === undefined ? "" : `, for ${principal.customerId} only`;
  return [
    `${principal.id} (${roles}${bound}): ${action} ${resource}, stage ${stage}, ${now.toISOString()}`,
    `${decision} by ${ruleId}`,
    reason,
    ...(redactFields.length === 0 ? [] : [`Masked in the response: ${redactFields.join(", ")}`]),
  ];
}

/** Of a cell; the console shows all of it. */
const LONGEST = 200;

function rowOf(explainedRule: ExplainedRule): string[] {
  const { rule, outcome } = explainedRule;
  const because = becauseOf(explainedRule);
  return [
    rule.id,
    rule.effect,
    outcome,
    because.length > LONGEST ? `${because.slice(0, LONGEST)}...` : because,
  ];
}

/** Why the rule matched, or which parts of its condition did not. */
export function becauseOf({ rule, outcome, why, parts }: ExplainedRule): string {
  if (outcome === "matched") return rule.reason;
  return why ?? parts.map(wordedPart).join("; ");
}

function queryOf(project: PolicyProject, request: ExplainRequest, clock: Date): PolicyQuery {
  const { capability } = request;
  const actions = project.attempts.flatMap((attempt) =>
    attempt.capability === capability ? [attempt.action] : [],
  );
  const [natural] = actions;
  if (natural === undefined) {
    const known = [...new Set(project.attempts.map((attempt) => attempt.capability))];
    throw invalidField("capability", `"${capability}" is not known${suggestion(capability, known)}`);
  }
  const action = request.action === undefined ? natural : actionNamed(request.action, capability, actions);
  const checked = project.checkInput(capability, action, request.input, {
    partly: request.partly ?? false,
  });
  if (!checked.ok) {
    const issues = checked.issues
      .map(({ path, message }) => `\n  ${path || "the input"} ${message}`)
      .join("");
    throw new Problem(
      "VALIDATION_FAILED",
      `The contract refuses the input before any policy is evaluated:${issues}`,
    );
  }
  const now = request.now === undefined ? clock : new Date(request.now);
  if (Number.isNaN(now.getTime())) throw invalidField("--now", "must be a time such as 2026-11-25T10:00:00Z");
  const principal = principalOf(request);
  return {
    principal,
    resource: capability,
    action,
    input: policyInput(project.findsCustomer(capability), checked.value, principal),
    stage: request.stage ?? "dev",
    now,
    ...(request.usage === undefined ? {} : { usage: usageOf(request.usage) }),
  };
}

function actionNamed(written: string, capability: string, actions: readonly Action[]): Action {
  const action = ACTIONS.find((known) => known === written);
  if (action !== undefined && actions.includes(action)) return action;
  throw invalidField(
    "--action",
    `"${written}" is not an action of ${capability}; known: ${actions.join(", ")}`,
  );
}

/** `checkout`, or `shop-1=checkout,support`. */
function principalOf({ principal, customer }: ExplainRequest): PolicyQuery["principal"] {
  const [id = "", roles = id] = principal.split("=");
  return {
    id,
    roles: roles.split(",").filter((role) => role !== ""),
    ...present({ customerId: customer }),
  };
}

function usageOf(written: string): Usage {
  const entries = written.split(",").map((pair) => {
    const [name = "", value = ""] = pair.split("=");
    if (!USAGE_NAMES.some((known) => known === name))
      throw invalidField("--usage", `"${name}" is not counted${suggestion(name, USAGE_NAMES)}`);
    if (!/^\d+$/.test(value)) throw invalidField("--usage", `${name} must be a whole number: ${name}=61`);
    return [name, Number(value)] as const;
  });
  return { ...QUIET_USAGE, ...Object.fromEntries(entries) };
}
