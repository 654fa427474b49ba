/**
 * The shapes of a policy: what policies/*.yml becomes (`npm run generate` writes generated/policy.ts), what is asked of it,
 * and what it answers.
 */
import type { FieldIssue } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";

export const EFFECTS = ["PERMIT", "DENY", "REDACT"] as const;
export type Effect = (typeof EFFECTS)[number];

/**
 * `invoke`: a capability, called over HTTP. `step`: a capability, as a step of a workflow run. `start`: a run of a
 * workflow. `read`: a workflow's runs, or the audit log.
 */
export const ACTIONS = ["invoke", "step", "start", "read"] as const;
export type Action = (typeof ACTIONS)[number];

/** Counters a DENY rule may read as `usage.<name>`; the call at hand is counted in. */
export const USAGE_NAMES = ["callsThisMinute", "customerAmountToday"] as const;
export type UsageName = (typeof USAGE_NAMES)[number];
export type Usage = Readonly<Partial<Record<UsageName, number>>>;

/** A rule as generated: checked, with defaults filled in. */
export interface PolicyRule {
  /** Unique over all policies. */
  readonly id: string;
  readonly effect: Effect;
  /** CEL over principal, capability, action, input, stage, now and usage. */
  readonly condition: string;
  /** Of several rules that match, the highest is the one that is named; 0 unless the policy says otherwise. */
  readonly priority: number;
  /** Capabilities, workflows or `audit`; every one when left out. */
  readonly capabilities?: readonly string[];
  readonly actions?: readonly Action[];
  /** Of a REDACT rule: dotted paths in the answer; arrays are gone through. */
  readonly redactFields: readonly string[];
  readonly reason: string;
  /** What the condition reads, found when it was checked: dotted paths below `input`, and names below `usage`. */
  readonly reads: { readonly input: readonly string[]; readonly usage: readonly UsageName[] };
}

export interface PolicyQuery {
  readonly principal: Principal;
  /** The capability's or workflow's id, or `audit`; conditions and scopes call it the capability. */
  readonly resource: string;
  readonly action: Action;
  /** The checked inputs, defaults filled in; an empty object where there are none. */
  readonly input: unknown;
  readonly stage: string;
  readonly now: Date;
  /** Left out before it is counted: rules that read it are then left out too, and only they may change a PERMIT. */
  readonly usage?: Usage;
}

export interface Decision {
  /** REDACT is a PERMIT under which `redactFields` of the answer are masked. */
  readonly decision: Effect;
  /** The rule that decided; `default-deny` when none did. */
  readonly ruleId: string;
  readonly reason: string;
  readonly redactFields: readonly string[];
  /** Of a denial: the input fields that the rule read, each with its reason. */
  readonly issues: readonly FieldIssue[];
  /** Of a denial by a rule that reads usage: what it read. */
  readonly exceeded: readonly UsageName[];
}
