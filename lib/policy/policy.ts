/**
 * The types of a policy: the generated form of policies/*.yml (`npm run generate` writes generated/policy.ts), the query,
 * and the decision.
 */
import type { FieldIssue } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";

export const EFFECTS = ["PERMIT", "DENY", "REDACT", "APPROVE"] as const;
export type Effect = (typeof EFFECTS)[number];

/**
 * `invoke`: a capability, called over HTTP. `step`: a capability, as a step of a workflow run. `start`: a run of a
 * workflow. `read`: a capability that only reads, the principal's own runs of a workflow, or the audit log. `cancel` and `retry`:
 * the principal's own runs of a workflow. With `-others`: in addition, the runs that other principals have started.
 * `approve`, `reject` and `read-approvals`: calls of other principals that wait for an approval.
 */
export const ACTIONS = [
  "invoke",
  "step",
  "start",
  "read",
  "read-others",
  "cancel",
  "cancel-others",
  "retry",
  "retry-others",
  "approve",
  "reject",
  "read-approvals",
] as const;
export type Action = (typeof ACTIONS)[number];

/**
 * The actions that an APPROVE rule can apply to: a caller makes these calls, and can repeat them once they are approved. Nobody
 * repeats the steps of a run.
 */
export const APPROVABLE_ACTIONS = ["invoke", "start"] as const satisfies readonly Action[];
export type ApprovableAction = (typeof APPROVABLE_ACTIONS)[number];

export const isApprovable = (action: Action): action is ApprovableAction =>
  APPROVABLE_ACTIONS.some((approvable) => approvable === action);

/** Counters that a DENY rule can read as `usage.<name>`; they include the current call. */
export const USAGE_NAMES = [
  "callsThisMinute",
  "callsToday",
  "customerAmountToday",
  "principalAmountToday",
  "quantityToday",
  "quantityThisMonth",
] as const;
export type UsageName = (typeof USAGE_NAMES)[number];
export type Usage = Readonly<Partial<Record<UsageName, number>>>;

/** A rule as generated: checked, with defaults filled in. */
export interface PolicyRule {
  /** Unique over all policies. */
  readonly id: string;
  readonly effect: Effect;
  /** CEL over principal, capability, action, input, stage, now and usage. */
  readonly condition: string;
  /** Of several matching rules, the one with the highest priority is named; 0 by default. */
  readonly priority: number;
  /** Capabilities, workflows, `audit` or `approvals`; all of them if left out. */
  readonly capabilities?: readonly string[];
  readonly actions?: readonly Action[];
  /** For a REDACT rule: dotted paths in the response; a path goes through arrays. */
  readonly redactFields: readonly string[];
  readonly reason: string;
  /** The fields that the condition reads, found when it was checked: dotted paths below `input`, and names below `usage`. */
  readonly reads: { readonly input: readonly string[]; readonly usage: readonly UsageName[] };
}

export interface PolicyQuery {
  readonly principal: Principal;
  /** The capability's or workflow's id, `audit` or `approvals`; conditions and scopes call it the capability. */
  readonly resource: string;
  readonly action: Action;
  /** The checked inputs, with defaults filled in; an empty object if the action has none. */
  readonly input: unknown;
  readonly stage: string;
  readonly now: Date;
  /** Left out before it is counted. Rules that read it are then skipped too, and only they can change a PERMIT. */
  readonly usage?: Usage;
}

/** A query of which only the caller and the action are known. */
export type KnownQuery = Pick<PolicyQuery, "principal" | "resource" | "action" | "stage">;

/** What the rules allow for some input, some time and some usage. */
export interface Foresight {
  /** False if every such call is denied. */
  readonly canBePermitted: boolean;
  /** False if no such call needs an approval. */
  readonly canNeedApproval: boolean;
  /** False if no such call's response is masked. */
  readonly canBeRedacted: boolean;
}

export interface Decision {
  /**
   * REDACT is a PERMIT with which the `redactFields` of the response are masked. APPROVE is a PERMIT for a call that another
   * principal has approved; `redactFields` apply to it, too.
   */
  readonly decision: Effect;
  /** The rule that decided; `default-deny` if none did. */
  readonly ruleId: string;
  readonly reason: string;
  readonly redactFields: readonly string[];
  /** For a denial: the input fields that the rule read, each with its reason. */
  readonly issues: readonly FieldIssue[];
  /** For a denial by a rule that reads usage: the counters it read. */
  readonly exceeded: readonly UsageName[];
}
