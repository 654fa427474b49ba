/**
 * Turns a validator's errors into issues that a person can act on. Bundled into every Lambda, so it depends on neither YAML
 * nor ajv. Values are never quoted: they may be personal.
 */

import { addressMistake } from "../email-address.ts";
import { type FieldIssue, IssueList } from "../issue-list.ts";
import { present } from "../present.ts";
import { fieldOf, fieldsOf } from "../untrusted.ts";
import { shapeIssues, shownName } from "./input-shape.ts";
import type { Checked } from "./payload-contract.ts";
import { nearest } from "./suggestion.ts";

/** The parts of ajv's error object that are read here. */
export interface ValidatorError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly parentSchema?: unknown;
  /** The value found. Only its type, or what is wrong with its form, is ever reported. */
  readonly data?: unknown;
}

export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ValidatorError[] | null;
}

/**
 * The check of inputs: the contract, and the rules of input-shape.ts, which include card data. It works on a copy:
 * defaults are filled into the copy, never into the caller's value.
 */
export function checkWith<T>(validate: Validator): (value: unknown) => Checked<T> {
  const checkContract = checkOutputsWith<T>(validate);
  return (value) => {
    const misshapen = shapeIssues(value);
    if (!misshapen.isEmpty) return refused(misshapen);
    return checkContract(value);
  };
}

/**
 * The check of an operation's outputs: the contract only. By then the payment has been made, and a vendor's id that
 * happens to look like a card number must not turn it into a failure.
 */
export function checkOutputsWith<T>(validate: Validator): (value: unknown) => Checked<T> {
  const isValid = (value: unknown): value is T => validate(value);
  return (value) => {
    const text = JSON.stringify(value);
    const copy: unknown = text === undefined ? undefined : JSON.parse(text);
    if (isValid(copy)) return { ok: true, value: copy };
    return refused(issuesOf(validate.errors ?? []));
  };
}

const refused = ({ issues, moreIssues }: IssueList) =>
  ({ ok: false, issues, ...present({ moreIssues: moreIssues === 0 ? undefined : moreIssues }) }) as const;

/** Two schemas that both apply to a field find the same mistake twice: it is listed once, and counted once. */
function issuesOf(errors: readonly ValidatorError[]): IssueList {
  const issues = new IssueList();
  const found = new Set<string>();
  for (const error of errors) {
    const mistake = JSON.stringify([error.instancePath, error.keyword, error.params]);
    if (found.has(mistake)) continue;
    found.add(mistake);
    if (issues.isFull) {
      issues.addUnlisted(1);
      continue;
    }
    const { path, message } = issueOf(error);
    issues.add(path, message);
  }
  return issues;
}

/** One error of a validator in terms that a caller knows. */
export function issueOf(error: ValidatorError): FieldIssue {
  const path = error.instancePath.split("/").slice(1).map(unescapePointer);
  const at = (...more: unknown[]) => [...path, ...more.map(String)].map(shownName).join(".");
  const { params } = error;
  switch (error.keyword) {
    case "required":
      return { path: at(params.missingProperty), message: "is required" };
    case "additionalProperties": {
      const unknown = String(params.additionalProperty);
      const known = Object.keys(fieldsOf(fieldOf(error.parentSchema, "properties")));
      const near = nearest(unknown, known);
      const hint = near === undefined ? `; known: ${known.join(", ")}` : `; did you mean "${near}"?`;
      return { path: at(unknown), message: `is not a known field${hint}` };
    }
    case "type":
      return {
        path: at(),
        message: `must be ${article(String(params.type))}, but is ${kindOf(error.data, params.type)}`,
      };
    case "enum":
      return { path: at(), message: `must be one of ${[params.allowedValues].flat().join(", ")}` };
    case "pattern":
      return { path: at(), message: `must match the pattern ${String(params.pattern)}` };
    case "minimum":
      return { path: at(), message: `must be at least ${String(params.limit)}` };
    case "maximum":
      return { path: at(), message: `must be at most ${String(params.limit)}` };
    case "maxLength":
      return { path: at(), message: `must have at most ${String(params.limit)} characters` };
    case "format":
      return { path: at(), message: formatMessage(String(params.format), error.data) };
    default:
      return { path: at(), message: error.message ?? "is not valid" };
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "a UTC time such as 2026-11-24T09:30:00Z",
  uri: "an address such as https://example.com/",
};

function formatMessage(format: string, value: unknown): string {
  const mistake = format === "email" && typeof value === "string" ? addressMistake(value) : undefined;
  return mistake ?? `must be ${FORMATS[format] ?? `of the format ${format}`}`;
}

function kindOf(value: unknown, wanted: unknown): string {
  if (value === null || value === undefined) return "null";
  if (wanted === "integer" && typeof value === "number") return "a number with a fraction";
  return article(Array.isArray(value) ? "array" : typeof value);
}

function article(type: string): string {
  if (type === "integer") return "a whole number";
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

const unescapePointer = (part: string) => part.replaceAll("~1", "/").replaceAll("~0", "~");
