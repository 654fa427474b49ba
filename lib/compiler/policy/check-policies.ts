/**
 * Finds the mistakes in policies that can be found at build time: against the contracts, between policies, and within each
 * condition. Pure.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { suggestion } from "../../contract/suggestion.ts";
import { parseCondition } from "../../policy/condition.ts";
import { APPROVABLE_ACTIONS, isApprovable, type PolicyRule } from "../../policy/policy.ts";
import { checkCondition } from "./check-conditions.ts";
import { knownValue } from "./known-value.ts";
import type { AuthoredPolicy, AuthoredRule } from "./load-policy.ts";
import type { Attempt } from "./resources.ts";
import { findField, furthest } from "./shape.ts";

interface ScopedRule {
  readonly rule: AuthoredRule;
  /** The attempts that the rule can be evaluated for. */
  readonly scope: readonly Attempt[];
  /** Undefined for a condition that cannot be parsed, which is reported elsewhere. */
  readonly condition: ASTNode | undefined;
}

/** The rules of all policies, as they are generated. Notes every mistake at its place in its policy's source. */
export function checkPolicies(
  policies: readonly AuthoredPolicy[],
  attempts: readonly Attempt[],
): PolicyRule[] {
  const rules = policies.flatMap((policy) => policy.rules);
  for (const [index, { id, node }] of rules.entries()) {
    const isRepeated = rules.findIndex((other) => other.id === id) !== index;
    if (isRepeated)
      node.get("id")?.issue(`rule "${id}" already exists; ids must be unique across all policies`);
  }
  const scoped = rules.map(
    (rule): ScopedRule => ({ rule, scope: checkScope(rule, attempts), condition: conditionOf(rule) }),
  );
  const checked = scoped.map(({ rule, scope }) => {
    checkRedaction(rule, scope);
    checkApproval(rule, scope);
    return generatedRule(rule, checkCondition(rule, scope));
  });
  for (const rule of scoped) checkWhetherItCanDecide(rule, scoped);
  return checked;
}

/** The part of `attempts` that the rule is about. */
function checkScope(rule: AuthoredRule, attempts: readonly Attempt[]): readonly Attempt[] {
  const known = [...new Set(attempts.map(({ capability }) => capability))];
  const capabilities = rule.capabilities?.map(({ value }) => value) ?? known;
  const actions = rule.actions?.map(({ value }) => value);
  const scope = attempts.filter(
    ({ capability, action }) => capabilities.includes(capability) && (actions?.includes(action) ?? true),
  );
  const possible = (capability: string) =>
    attempts.flatMap((attempt) => (attempt.capability === capability ? [attempt.action] : []));
  for (const { value, node } of rule.capabilities ?? []) {
    if (!known.includes(value)) node.issue(`unknown capability "${value}"${suggestion(value, known)}`);
    else if (!scope.some(({ capability }) => capability === value))
      node.issue(
        `none of the rule's actions applies to ${value}, which supports ${possible(value).join(", ")}`,
      );
  }
  for (const { value, node } of rule.actions ?? []) {
    const rightful = capabilities.filter((capability) => known.includes(capability));
    if (rightful.length > 0 && !scope.some(({ action }) => action === value)) {
      const instead = [...new Set(rightful.flatMap(possible))];
      node.issue(`action "${value}" applies to nothing in scope; known: ${instead.join(", ")}`);
    }
  }
  return scope;
}

function checkRedaction(rule: AuthoredRule, scope: readonly Attempt[]): void {
  const { effect, node, redactFields } = rule;
  if (effect !== "REDACT") {
    node.get("redactFields")?.issue(`redactFields apply to the effect REDACT, not to ${effect}`);
    return;
  }
  if (node.get("redactFields") === undefined)
    node.get("effect")?.issue("a REDACT rule must list the response fields to mask in redactFields");
  for (const { value, node: place } of redactFields) {
    const findings = scope.map(({ answer }) => findField(answer, value.split("."), true));
    const astray = furthest(findings);
    if (astray === undefined || findings.some(({ known }) => known)) continue;
    place.issue(`no response in scope has a field "${value}"${suggestion(astray.name, astray.instead)}`);
  }
}

/** Only a call that its caller can repeat can wait for an approval. */
function checkApproval({ effect, node, actions }: AuthoredRule, scope: readonly Attempt[]): void {
  if (effect !== "APPROVE") return;
  const only = `APPROVE applies to the actions ${APPROVABLE_ACTIONS.join(" and ")} only`;
  if (actions !== undefined) {
    for (const { value, node: place } of actions)
      if (!isApprovable(value)) place.issue(`${only}, not to ${value}`);
    return;
  }
  const other = scope.find(({ action }) => !isApprovable(action));
  if (other === undefined) return;
  const place = node.get("scope") ?? node.get("effect");
  place?.issue(
    `${only}, but this rule also applies to ${other.action} ${other.capability}; write the actions in scope`,
  );
}

/** A rule that never matches, or whose matches are all denied anyway, is a mistake. */
function checkWhetherItCanDecide(scoped: ScopedRule, all: readonly ScopedRule[]): void {
  const { rule, scope } = scoped;
  const place = rule.node.get("condition");
  const matching = scope.filter((attempt) => answerKnownFor(scoped, attempt) !== false);
  if (scope.length > 0 && matching.length === 0) {
    place?.issue("the rule can never match: its condition is false for everything in its scope");
    return;
  }
  if (rule.effect === "DENY" || matching.length === 0) return;
  const denials = matching.map((attempt) =>
    all.find(
      (other) =>
        other.rule.effect === "DENY" &&
        other.scope.includes(attempt) &&
        answerKnownFor(other, attempt) === true,
    ),
  );
  if (denials.every((denial) => denial !== undefined)) {
    const ids = [...new Set(denials.map((denial) => denial?.rule.id))].join(", ");
    place?.issue(`the rule can never decide: everything in its scope is always denied by ${ids}`);
  }
}

function conditionOf(rule: AuthoredRule): ASTNode | undefined {
  try {
    return parseCondition(rule.condition).ast;
  } catch {
    return undefined;
  }
}

/** The condition's value if it is the same for every input; undefined if it depends on the input. */
function answerKnownFor({ condition }: ScopedRule, { capability, action }: Attempt): unknown {
  return condition === undefined ? undefined : knownValue(condition, { capability, action });
}

function generatedRule(rule: AuthoredRule, reads: PolicyRule["reads"]): PolicyRule {
  const { id, effect, condition, priority, capabilities, actions, redactFields, reason } = rule;
  return {
    id,
    effect,
    condition: condition.trim(),
    priority,
    ...(capabilities === undefined ? {} : { capabilities: capabilities.map(({ value }) => value) }),
    ...(actions === undefined ? {} : { actions: actions.map(({ value }) => value) }),
    redactFields: redactFields.map(({ value }) => value),
    reason,
    reads,
  };
}
