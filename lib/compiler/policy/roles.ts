/** The roles that the conditions of rules mention: `"admin" in principal.roles` mentions admin. Pure. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { suggestion } from "../../contract/suggestion.ts";
import { parseCondition } from "../../policy/condition.ts";
import { operandsOf, readsOf } from "./condition-reads.ts";

export interface MentionedRoles {
  /** Sorted. */
  readonly names: readonly string[];
  /** Whether a condition compares roles with more than fixed names (`input.team in principal.roles`): any role can matter. */
  readonly anyMayCount: boolean;
}

/** Finds roles in parsed conditions; a condition that cannot be parsed mentions none. */
export function mentionedRoles(conditions: readonly string[]): MentionedRoles {
  const questions = conditions.flatMap((condition) => questionsIn(condition)).filter(readsRoles);
  return {
    names: [...new Set(questions.flatMap(textsIn))].sort(),
    anyMayCount: questions.some(isOpen),
  };
}

/** Why the role has no effect; undefined if a rule mentions it. */
export function roleMistake(role: string, { names, anyMayCount }: MentionedRoles): string | undefined {
  if (anyMayCount || names.includes(role)) return undefined;
  return `no rule of policies/ mentions the role "${role}"${suggestion(role, names)}`;
}

function questionsIn(condition: string): readonly ASTNode[] {
  try {
    return atomsOf(parseCondition(condition).ast);
  } catch {
    return [];
  }
}

/** The parts that a condition joins by `&&`, `||`, `!` and `?:`, each a question of its own. */
function atomsOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "&&":
    case "||":
    case "?:":
    case "!_":
      return operandsOf(node).flatMap(atomsOf);
    default:
      return [node];
  }
}

function readsRoles(node: ASTNode): boolean {
  return readsOf(node, {}).some(isRoles);
}

function isRoles({ root, path }: { readonly root: string; readonly path: readonly string[] }): boolean {
  return root === "principal" && path[0] === "roles";
}

/** Whether the question depends on anything else, or looks at parts of a role's name. */
function isOpen(node: ASTNode): boolean {
  return readsOf(node, {}).some((read) => !isRoles(read)) || calls(node, NAME_PARTS);
}

const NAME_PARTS: readonly string[] = ["startsWith", "endsWith", "contains", "matches"];

function calls(node: ASTNode, names: readonly string[]): boolean {
  const isOne = (node.op === "call" || node.op === "rcall") && names.includes(node.args[0]);
  return isOne || operandsOf(node).some((operand) => calls(operand, names));
}

function textsIn(node: ASTNode): readonly string[] {
  // `principal["roles"]` reads a field; its name is not a role.
  if (node.op === "[]") return [];
  if (node.op === "value") return typeof node.args === "string" ? [node.args] : [];
  return operandsOf(node).flatMap(textsIn);
}
