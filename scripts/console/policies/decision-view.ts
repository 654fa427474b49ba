/** One decision as the page shows it: what each rule says to it, and why. Pure. */
import { DEFAULT_DENY } from "../../../lib/policy/decide.ts";
import type { Outcome } from "../../../lib/policy/facts.ts";
import type { Decision, Effect, PolicyRule } from "../../../lib/policy/policy.ts";
import { present } from "../../../lib/present.ts";
import {
  becauseOf,
  type Explained,
  type ExplainedRule,
  type ExplainRequest,
  explained,
} from "../../policy/explain.ts";
import { wordedPart } from "../../policy/explain-condition.ts";
import type { PolicyProject } from "../../policy/project.ts";
import type { RulePlace } from "./rule-places.ts";

export interface DecisionView {
  /** `checkout (roles checkout)` */
  readonly principal: {
    readonly id: string;
    readonly roles: readonly string[];
    readonly customerId?: string;
  };
  readonly action: string;
  readonly resource: string;
  readonly stage: string;
  /** UTC, ISO 8601. */
  readonly now: string;
  /** With defaults filled in, as the rules read it. */
  readonly input: unknown;
  readonly decision: Pick<Decision, "decision" | "ruleId" | "reason" | "redactFields">;
  /** Those in scope first, by priority. */
  readonly rules: readonly RuleView[];
  readonly command: string;
}

export interface RuleView {
  readonly id: string;
  readonly effect: Effect;
  readonly outcome: Outcome | "other resource" | "other action" | "reads usage";
  /** Whether it made the decision. */
  readonly decided: boolean;
  readonly reason: string;
  /** Why it matched, or not: one line each. */
  readonly because: readonly string[];
  readonly priority: number;
  readonly place?: RulePlace;
}

/** Throws as `explained` does. */
export function decisionView(
  project: PolicyProject,
  request: ExplainRequest,
  places: ReadonlyMap<string, RulePlace>,
  clock: Date,
): DecisionView {
  const found = explained(project, request, clock);
  const { query, decision } = found;
  const judged = new Map(found.rules.map((each) => [each.rule.id, each]));
  const inScope = found.rules.map((each) => judgedRule(each, found));
  const others = project.rules.filter(({ id }) => !judged.has(id)).map((rule) => outOfScope(rule, found));
  const { id, roles, customerId } = query.principal;
  return {
    principal: { id, roles, ...present({ customerId }) },
    action: query.action,
    resource: query.resource,
    stage: query.stage,
    now: query.now.toISOString(),
    input: query.input,
    decision,
    rules: [...inScope, ...others].map((rule) => ({ ...rule, ...present({ place: places.get(rule.id) }) })),
    command: commandOf(request),
  };
}

function judgedRule(each: ExplainedRule, { decision }: Explained): RuleView {
  const { rule, outcome, parts } = each;
  const decided = decision.ruleId === rule.id;
  return {
    ...common(rule),
    outcome,
    decided,
    because: [
      ...(outcome === "matched" && !decided ? [overruledBy(rule, decision)] : []),
      ...(parts.length === 0 ? [becauseOf(each)] : parts.map(wordedPart)),
    ],
  };
}

/** Why a rule that matched did not make the decision. */
function overruledBy(rule: PolicyRule, { decision, ruleId }: Decision): string {
  if (ruleId === DEFAULT_DENY) return "It matched, but no rule permits the call";
  if (rule.effect === decision)
    return `It matched, too: ${ruleId} is named, because of its priority or its place in the file`;
  if (decision === "DENY") return `It matched, but ${ruleId} denies the call, and a denial wins`;
  return `It matched, but ${ruleId} (${decision}) decides`;
}

function outOfScope(rule: PolicyRule, { query }: Explained): RuleView {
  const isOther = rule.capabilities !== undefined && !rule.capabilities.includes(query.resource);
  if (isOther)
    return {
      ...common(rule),
      outcome: "other resource",
      decided: false,
      because: [`It is about ${rule.capabilities.join(", ")}`],
    };
  if (rule.actions !== undefined && !rule.actions.includes(query.action))
    return {
      ...common(rule),
      outcome: "other action",
      decided: false,
      because: [`It is about the actions ${rule.actions.join(", ")}`],
    };
  return {
    ...common(rule),
    outcome: "reads usage",
    decided: false,
    because: [`It reads ${rule.reads.usage.map((name) => `usage.${name}`).join(", ")}, which is not given`],
  };
}

const common = ({ id, effect, reason, priority }: PolicyRule) => ({ id, effect, reason, priority });

/** The same by `npm run policy`. */
function commandOf({ principal, capability, input, partly: _partly, ...options }: ExplainRequest): string {
  const words = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, quoted(String(value))],
  );
  return [
    `echo ${quoted(JSON.stringify(input))} |`,
    "npm run -s policy -- explain",
    quoted(principal),
    quoted(capability),
    "-",
    ...words,
  ].join(" ");
}

const quoted = (text: string) => (/^[\w.=,:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
