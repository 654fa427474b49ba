/** Reads a policy's YAML. Mistakes in a single place are noted here; those that need contracts and CEL, in check-policies. */

import { suggestion } from "../../contract/suggestion.ts";
import { DEFAULT_DENY } from "../../policy/decide.ts";
import { ACTIONS, type Action, EFFECTS, type Effect } from "../../policy/policy.ts";
import { present } from "../../present.ts";
import { readIdentifier } from "../source/identifier.ts";
import { type YamlNode, YamlSource } from "../source/yaml-source.ts";
import { POLICY_KEYS, RULE_KEYS, SCOPE_KEYS } from "./policy-keys.ts";

/** A rule as authored, with the place of each part in the file. */
export interface AuthoredRule {
  readonly id: string;
  readonly effect: Effect;
  readonly condition: string;
  readonly priority: number;
  readonly capabilities?: readonly Placed<string>[];
  readonly actions?: readonly Placed<Action>[];
  readonly redactFields: readonly Placed<string>[];
  readonly reason: string;
  readonly node: YamlNode;
}

/** A value, and its place in the file. */
export interface Placed<T> {
  readonly value: T;
  readonly node: YamlNode;
}

export interface AuthoredPolicy {
  readonly policyId: string;
  readonly version: string;
  /** The rules that can be understood. */
  readonly rules: readonly AuthoredRule[];
  /** Collects the issues; its root is the policy. */
  readonly source: YamlSource;
}

/** Of an id, for messages. */
const EXAMPLE = "limit-amount";

/** The policy in `text`. Notes in its source every mistake, and leaves out the rules that cannot be understood. */
export function loadPolicy(file: string, text: string): AuthoredPolicy {
  const source = new YamlSource(file, text);
  const { root } = source;
  root.knownEntries("the policy", POLICY_KEYS);
  const policyId = readIdentifier(root, "policyId", POLICY_KEYS, EXAMPLE) ?? "";
  const versionNode = root.get("version");
  const version = versionNode?.written ?? "";
  if (version === "" && (versionNode !== undefined || root.lacks("version", POLICY_KEYS)))
    (versionNode ?? root).issue("the policy needs a version, such as 1.0.0");
  const rulesNode = root.get("rules");
  const rules = rulesNode?.items ?? [];
  if (rules.length === 0 && (rulesNode !== undefined || root.lacks("rules", POLICY_KEYS)))
    (rulesNode ?? root).issue("rules must be a list of at least one rule");
  return {
    policyId,
    version,
    rules: rules.flatMap((node) => readRule(node, policyId) ?? []),
    source,
  };
}

function readRule(node: YamlNode, policyId: string): AuthoredRule | undefined {
  node.knownEntries("a rule", RULE_KEYS);
  const id = readIdentifier(node, "id", RULE_KEYS, EXAMPLE);
  const effectNode = node.get("effect");
  const effect =
    effectNode !== undefined || node.lacks("effect", RULE_KEYS)
      ? oneOf(effectNode ?? node, effectNode, "effect", EFFECTS)
      : undefined;
  const condition = readCondition(node.get("condition"), node);
  const priority = readPriority(node.get("priority"));
  const scope = node.get("scope");
  scope?.knownEntries("scope", SCOPE_KEYS);
  const capabilities = texts(scope?.get("capabilities"), "scope.capabilities");
  const actions = texts(scope?.get("actions"), "scope.actions")?.flatMap(({ node: place }) => {
    const value = oneOf(place, place, "action", ACTIONS);
    return value === undefined ? [] : [{ value, node: place }];
  });
  const redactFields = texts(node.get("redactFields"), "redactFields") ?? [];
  const reason = node.get("reason");
  if (reason !== undefined && !reason.text?.trim())
    reason.issue("reason must be text for the caller to read");
  if (id === DEFAULT_DENY)
    node.get("id")?.issue(`"${id}" is reserved for denials that no rule decides; choose another id`);
  if (id === undefined || effect === undefined || condition === undefined) return undefined;
  return {
    id,
    effect,
    condition,
    priority,
    ...present({ capabilities, actions }),
    redactFields,
    reason: reason?.text?.trim() ?? `Decided by rule ${id} of policy ${policyId}`,
    node,
  };
}

function oneOf<T extends string>(
  place: YamlNode,
  node: YamlNode | undefined,
  what: string,
  known: readonly T[],
): T | undefined {
  const written = node?.written ?? "";
  const found = known.find((value) => value === written);
  if (found !== undefined) return found;
  if (written === "") place.issue(`${what} must be one of ${known.join(", ")}`);
  else place.issue(`unknown ${what} "${written}"${suggestion(written, known)}`);
  return undefined;
}

function readCondition(node: YamlNode | undefined, parent: YamlNode): string | undefined {
  if (node?.text?.trim()) return node.text;
  const always = 'for a rule that always applies, write condition: "true"';
  if (node === undefined) {
    if (parent.lacks("condition", RULE_KEYS)) parent.issue(`the rule has no condition; ${always}`);
  } else node.issue(`condition must be text in CEL; ${always}`);
  return undefined;
}

function readPriority(node: YamlNode | undefined): number {
  const value = node?.value ?? 0;
  if (Number.isSafeInteger(value)) return Number(value);
  node?.issue(
    "priority must be a whole number; of the matching rules, the one with the highest priority is named",
  );
  return 0;
}

function texts(node: YamlNode | undefined, what: string): Placed<string>[] | undefined {
  if (node === undefined) return undefined;
  const items = node.items ?? [];
  if (items.length === 0 || items.some((item) => !item.text))
    node.issue(`${what} must be a list with at least one text value`);
  return items.flatMap((item) => (item.text ? [{ value: item.text, node: item }] : []));
}
