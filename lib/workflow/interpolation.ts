/**
 * Resolves `${...}` in a step's inputs against the run's scope. A value that is only a reference keeps its type; within
 * longer text it is rendered. A reference to an absent value leaves its field out. Pure, and small: it is bundled into
 * every capability.
 */

import { fieldOf, isRecord } from "../untrusted.ts";

/** Roots of a reference: `${input.x}`, `${steps.<id>.output.x}`, `${error.message}`. */
export interface Scope {
  readonly input: unknown;
  readonly steps: unknown;
  readonly error?: unknown;
}

const WHOLE_VALUE = /^\$\{([^{}]*)\}$/;
const REFERENCE = /\$\{([^{}]*)\}/g;

/** `template` with every reference resolved; undefined if it is a reference to an absent value. */
export function resolve(template: unknown, scope: Scope): unknown {
  if (typeof template === "string") return resolveText(template, scope);
  if (Array.isArray(template)) {
    return template.map((item) => resolve(item, scope)).filter((item) => item !== undefined);
  }
  if (isRecord(template)) {
    const resolved = Object.entries(template).map(([key, value]) => [key, resolve(value, scope)] as const);
    return Object.fromEntries(resolved.filter(([, value]) => value !== undefined));
  }
  return template;
}

function resolveText(text: string, scope: Scope): unknown {
  const whole = WHOLE_VALUE.exec(text)?.[1];
  if (whole !== undefined) return lookUp(whole, scope);
  return text.replace(REFERENCE, (_reference, path: string) => render(lookUp(path, scope)));
}

function lookUp(path: string, scope: Scope): unknown {
  return fieldOf(scope, ...path.trim().split(".")) ?? undefined;
}

function render(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
