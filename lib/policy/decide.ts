/**
 * The decision point: who may call what, with which limits. Default deny; a DENY that matches wins over every APPROVE, and an
 * APPROVE over every PERMIT; a condition that cannot be decided denies. Bundled into every Lambda, so it depends on neither YAML nor contracts. No I/O, no
 * clock: `now` is passed in.
 */
import { type Condition, type Facts, factsOf, knownFactsOf, undecided, type Verdict } from "./facts.ts";
import {
  type Action,
  type Decision,
  type Effect,
  type Foresight,
  isApprovable,
  type KnownQuery,
  type PolicyQuery,
  type PolicyRule,
  type Usage,
  type UsageName,
} from "./policy.ts";

export interface RuleVerdict extends Verdict {
  readonly rule: PolicyRule;
}

export interface Policy {
  /**
   * What the DENY rules in scope read of `usage`: it must be counted before the final decision. A rule that cannot match this
   * query, whatever the usage is, costs no counting: a limit of one role counts the calls of that role only.
   */
  readonly usageRead: (query: PolicyQuery) => readonly UsageName[];
  /** Never throws: a query that cannot be decided is denied. */
  readonly decide: (query: PolicyQuery) => Decision;
  /**
   * The denial by a limit that the call exceeds, of the limits that read only the counters in `query.usage`: for a call that
   * is denied anyway, so that its number is limited too.
   */
  readonly exceededLimit: (query: PolicyQuery) => Decision | undefined;
  /** What can become of a call whose input is not known. */
  readonly foresee: (query: KnownQuery) => Foresight;
  /** Every rule in scope, by priority, with the result of its condition. */
  readonly explain: (query: PolicyQuery) => readonly RuleVerdict[];
}

export const DEFAULT_DENY = "default-deny";

interface CompiledRule {
  readonly rule: PolicyRule;
  readonly condition: Condition;
}

/** The policy of these rules. `conditionOf` is called once for each. */
export function policyWith(
  rules: readonly PolicyRule[],
  conditionOf: (rule: PolicyRule) => Condition,
): Policy {
  const compiled = [...rules]
    .sort((a, b) => b.priority - a.priority)
    .map((rule): CompiledRule => ({ rule, condition: conditionOf(rule) }));
  const explain = (query: PolicyQuery) => judge(compiled, query);
  return {
    explain,
    decide: (query) => settle(query, explain(query)),
    exceededLimit: (query) => {
      const limits = compiled.filter(({ rule }) => isLimitOn(rule, query.usage ?? {}));
      const exceeded = judge(limits, query).find(({ outcome }) => outcome === "matched");
      return exceeded && deny(exceeded.rule, exceeded.rule.reason, exceeded.rule.reads.usage);
    },
    foresee: (query) => foresee(compiled, query),
    usageRead: (query) => {
      const facts = readFacts(query);
      const canMatch = ({ rule, condition }: CompiledRule) =>
        rule.effect === "DENY" &&
        rule.reads.usage.length > 0 &&
        isInScope(rule, query.resource, query.action) &&
        // Without the variable, every read of it fails.
        (facts === undefined || condition({ ...facts, usage: undefined }).outcome !== "did not match");
      return [...new Set(compiled.filter(canMatch).flatMap(({ rule }) => rule.reads.usage))];
    },
  };
}

function isInScope(rule: PolicyRule, resource: string, action: Action): boolean {
  return (rule.capabilities?.includes(resource) ?? true) && (rule.actions?.includes(action) ?? true);
}

function isLimitOn({ effect, reads }: PolicyRule, usage: Usage): boolean {
  const isCounted = (name: UsageName) => usage[name] !== undefined;
  return effect === "DENY" && reads.usage.length > 0 && reads.usage.every(isCounted);
}

function judge(rules: readonly CompiledRule[], query: PolicyQuery): RuleVerdict[] {
  const facts = readFacts(query);
  const verdicts: RuleVerdict[] = [];
  for (const { rule, condition } of rules) {
    if (!isInScope(rule, query.resource, query.action)) continue;
    if (query.usage === undefined && rule.reads.usage.length > 0) continue;
    verdicts.push({ rule, ...(facts === undefined ? UNREADABLE : condition(facts)) });
  }
  return verdicts;
}

const UNREADABLE = undecided("the input cannot be read");

function readFacts(query: PolicyQuery): Facts | undefined {
  try {
    return factsOf(query);
  } catch {
    return undefined;
  }
}

/** A condition that reads what is not known is undecided, unless the rest of it decides alone. */
function foresee(rules: readonly CompiledRule[], query: KnownQuery): Foresight {
  const facts = knownFactsOf(query);
  const verdicts = rules
    .filter(({ rule }) => isInScope(rule, query.resource, query.action))
    .map(({ rule, condition }) => ({ rule, outcome: condition(facts).outcome }));
  const canMatch = (effect: Effect) =>
    verdicts.some(({ rule, outcome }) => rule.effect === effect && outcome !== "did not match");
  const isDenied = verdicts.some(({ rule, outcome }) => rule.effect === "DENY" && outcome === "matched");
  return {
    canBePermitted: !isDenied && canMatch("PERMIT"),
    canNeedApproval: canMatch("APPROVE"),
    canBeRedacted: canMatch("REDACT"),
  };
}

function settle(query: PolicyQuery, verdicts: readonly RuleVerdict[]): Decision {
  const matched = (effect: Effect) =>
    verdicts.flatMap(({ rule, outcome }) => (outcome === "matched" && rule.effect === effect ? [rule] : []));
  const [denial] = matched("DENY");
  if (denial !== undefined) return deny(denial, denial.reason, denial.reads.usage);

  const undecided = verdicts.find(({ outcome }) => outcome === "could not be decided");
  if (undecided !== undefined) return deny(undecided.rule, undecidedReason(undecided), []);

  const [permission] = matched("PERMIT");
  if (permission === undefined) return { ...DENIED, reason: missingPermission(query, verdicts) };

  const [approval] = matched("APPROVE");
  if (approval !== undefined && !isApprovable(query.action))
    return deny(approval, `${approval.reason}. Nobody can approve this action`, []);
  const redactions = matched("REDACT");
  const { id, effect, reason } = approval ?? redactions[0] ?? permission;
  const redactFields = [...new Set(redactions.flatMap((rule) => rule.redactFields))];
  return {
    decision: effect,
    ruleId: id,
    reason,
    redactFields,
    issues: [],
    exceeded: [],
  };
}

const DENIED = {
  decision: "DENY",
  ruleId: DEFAULT_DENY,
  redactFields: [],
  issues: [],
  exceeded: [],
} as const;

function deny(rule: PolicyRule, reason: string, exceeded: readonly UsageName[]): Decision {
  const issues = rule.reads.input.map((path) => ({ path, message: reason }));
  return { ...DENIED, ruleId: rule.id, reason, issues, exceeded };
}

function undecidedReason({ rule, why }: RuleVerdict): string {
  return `The rule ${rule.id} could not be decided, so the request is denied: ${why}`;
}

/** Who requested what, and which rules would have permitted it. */
function missingPermission(query: PolicyQuery, verdicts: readonly RuleVerdict[]): string {
  const { roles } = query.principal;
  const held = roles.length === 0 ? "no role" : `the role${roles.length > 1 ? "s" : ""} ${roles.join(", ")}`;
  const permits = verdicts.filter(({ rule }) => rule.effect === "PERMIT");
  const wanted = permits.map(({ rule }) => `${rule.id} (${rule.reason})`).join("; ");
  return (
    `No rule permits a principal with ${held} to ${ATTEMPTS[query.action](query.resource)}. ` +
    (wanted === "" ? "No rule permits it to anyone" : `It would be permitted by: ${wanted}`)
  );
}

const ATTEMPTS: Readonly<Record<Action, (id: string) => string>> = {
  invoke: (id) => `invoke ${id}`,
  step: (id) => `run ${id} as a step`,
  start: (id) => `start ${id}`,
  read: (id) => `read ${id}`,
  "read-others": (id) => `read what others have started of ${id}`,
  cancel: (id) => `cancel runs of ${id}`,
  "cancel-others": (id) => `cancel what others have started of ${id}`,
  retry: (id) => `retry runs of ${id}`,
  "retry-others": (id) => `retry what others have started of ${id}`,
  approve: () => "approve calls of others",
  reject: () => "reject calls of others",
  "read-approvals": () => "read the calls that wait for an approval",
};
