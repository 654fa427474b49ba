/**
 * From a validator's verdict to issues a person can act on. Bundled into every Lambda, so it knows neither YAML nor ajv.
 * Values are never quoted: they may be personal.
 */
import type { Checked } from "../capability/capability.ts";
import type { FieldIssue } from "../errors.ts";
import { nearest } from "./source-issue.ts";

/** The part of ajv's error object that is read here. */
export interface ValidatorError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly parentSchema?: Readonly<Record<string, unknown>>;
}

export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ValidatorError[] | null;
}

/** A check that works on a copy: defaults are filled into the copy, never into the caller's value. */
export function checkWith<T>(validate: Validator): (value: unknown) => Checked<T> {
  const isValid = (value: unknown): value is T => validate(value);
  return (value) => {
    const copy: unknown = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
    if (isValid(copy)) return { ok: true, value: copy };
    return { ok: false, issues: (validate.errors ?? []).map(issueOf) };
  };
}

function issueOf(error: ValidatorError): FieldIssue {
  const path = error.instancePath.split("/").slice(1).map(unescapePointer);
  const at = (...more: unknown[]) => [...path, ...more.map(String)].join(".");
  const { params } = error;
  switch (error.keyword) {
    case "required":
      return { path: at(params.missingProperty), message: "is required" };
    case "additionalProperties": {
      const unknown = String(params.additionalProperty);
      const known = Object.keys(properties(error.parentSchema));
      const near = nearest(unknown, known);
      const hint = near === undefined ? `; known: ${known.join(", ")}` : `; did you mean "${near}"?`;
      return { path: at(unknown), message: `is not a known field${hint}` };
    }
    case "type":
      return { path: at(), message: `must be ${article(String(params.type))}` };
    case "enum":
      return { path: at(), message: `must be one of ${[params.allowedValues].flat().join(", ")}` };
    case "format":
      return {
        path: at(),
        message: `must be ${FORMATS[String(params.format)] ?? `of the format ${String(params.format)}`}`,
      };
    default:
      return { path: at(), message: error.message ?? "is not valid" };
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "a UTC time such as 2026-11-24T09:30:00Z",
  email: "an email address such as ada@example.com",
  uri: "an address such as https://example.com/",
};

function properties(schema: ValidatorError["parentSchema"]): object {
  const declared = schema?.properties;
  return typeof declared === "object" && declared !== null ? declared : {};
}

const article = (type: string) => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`);
const unescapePointer = (part: string) => part.replaceAll("~1", "/").replaceAll("~0", "~");
