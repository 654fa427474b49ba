/** What a person has typed into a form, and the JSON that it makes. Pure. */
import type { FormField } from "../../scripts/console/runs/form.ts";

/** Text as typed, `""` for nothing; the fields of an object; the items of a list. */
export type Draft = string | { readonly [name: string]: Draft } | readonly Draft[];

export interface Mistake {
  /** Dotted, as in the issues of the API: `lines.0.amount`. */
  readonly path: string;
  readonly message: string;
}

/** `value` is undefined for a field that is left out. */
export interface Made {
  readonly value: unknown;
  readonly mistakes: readonly Mistake[];
}

export function emptyDraft({ kind, fields }: FormField): Draft {
  if (kind === "list") return [];
  return kind === "object" ? emptyFields(fields ?? []) : "";
}

export const emptyFields = (fields: readonly FormField[]): { readonly [name: string]: Draft } =>
  Object.fromEntries(fields.map((field) => [field.name, emptyDraft(field)]));

/** The object that the form makes; complete only without mistakes. */
export function madeFields(fields: readonly FormField[], draft: Draft | undefined, at = ""): Made {
  const mistakes: Mistake[] = [];
  const entries = fields.flatMap((field): [string, unknown][] => {
    const path = at === "" ? field.name : `${at}.${field.name}`;
    const made = madeField(field, childOf(draft, field.name), path);
    mistakes.push(...made.mistakes);
    return made.value === undefined ? [] : [[field.name, made.value]];
  });
  return { value: Object.fromEntries(entries), mistakes };
}

/** What has to be typed for this value; undefined if the form cannot make it. */
export function draftOfFields(fields: readonly FormField[], value: unknown): Draft | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = new Map(Object.entries(value));
  if ([...entries.keys()].some((name) => !fields.some((field) => field.name === name))) return undefined;
  const drafts = fields.map(
    (field) =>
      [
        field.name,
        entries.has(field.name) ? draftOfField(field, entries.get(field.name)) : emptyDraft(field),
      ] as const,
  );
  const made = Object.fromEntries(
    drafts.flatMap(([name, draft]) => (draft === undefined ? [] : [[name, draft]])),
  );
  return Object.keys(made).length === fields.length ? made : undefined;
}

function draftOfField(field: FormField, value: unknown): Draft | undefined {
  switch (field.kind) {
    case "object":
      return draftOfFields(field.fields ?? [], value);
    case "list": {
      if (!Array.isArray(value) || field.item === undefined) return undefined;
      const { item } = field;
      const items = value.map((each) => draftOfField(item, each));
      const known = items.flatMap((each) => (each === undefined ? [] : [each]));
      return known.length === items.length ? known : undefined;
    }
    case "choice":
    case "json":
      return JSON.stringify(value);
    case "text":
      return typeof value === "string" && value !== "" ? value : undefined;
    default:
      return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
  }
}

export function childOf(draft: Draft | undefined, name: string): Draft | undefined {
  if (typeof draft !== "object" || isList(draft)) return undefined;
  return Object.hasOwn(draft, name) ? draft[name] : undefined;
}

export const isList = (draft: Draft | undefined): draft is readonly Draft[] => Array.isArray(draft);

/** Whether nothing is typed into any of it. */
export function isBlank(draft: Draft | undefined): boolean {
  if (draft === undefined || draft === "") return true;
  if (typeof draft === "string") return false;
  return isList(draft) ? draft.length === 0 : Object.values(draft).every(isBlank);
}

function madeField(field: FormField, draft: Draft | undefined, path: string): Made {
  const missing: Made = {
    value: undefined,
    mistakes: field.required ? [{ path, message: "is required" }] : [],
  };
  if (field.kind === "list") {
    if (!isList(draft) || draft.length === 0) return field.required ? { value: [], mistakes: [] } : missing;
    const items = draft.map((item, index) => madeItem(field.item, item, `${path}.${index}`));
    return { value: items.map(({ value }) => value), mistakes: items.flatMap(({ mistakes }) => mistakes) };
  }
  if (field.kind === "object") {
    if (isBlank(draft) && !field.required) return missing;
    return madeFields(field.fields ?? [], draft, path);
  }
  if (typeof draft !== "string" || draft === "") return missing;
  return madeText(field, draft, path);
}

function madeItem(item: FormField | undefined, draft: Draft, path: string): Made {
  return item === undefined ? { value: undefined, mistakes: [] } : madeField(item, draft, path);
}

function madeText(field: FormField, text: string, path: string): Made {
  const wrong = (message: string): Made => ({ value: undefined, mistakes: [{ path, message }] });
  switch (field.kind) {
    case "number": {
      if (!/^-?\d+(\.\d+)?$/.test(text)) return wrong("must be a number");
      const value = Number(text);
      const mistake = numberMistake(field, value);
      return mistake === undefined ? { value, mistakes: [] } : wrong(mistake);
    }
    case "flag":
      return text === "true" || text === "false"
        ? { value: text === "true", mistakes: [] }
        : wrong("must be yes or no");
    case "choice":
      return field.choices?.includes(text) === true
        ? { value: JSON.parse(text), mistakes: [] }
        : wrong("must be one of the choices");
    case "json":
      return madeJson(field, text, wrong);
    default: {
      const mistake = textMistake(field, text);
      return mistake === undefined ? { value: text, mistakes: [] } : wrong(mistake);
    }
  }
}

function numberMistake(
  { integer, minimum, maximum, isAmount }: FormField,
  value: number,
): string | undefined {
  if (!Number.isFinite(value)) return "is too large";
  if (integer === true && !Number.isInteger(value))
    return isAmount === true
      ? "must be a whole number in the currency's smallest unit"
      : "must be a whole number";
  if (minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `must be at most ${maximum}`;
  return undefined;
}

function textMistake({ maxLength, patterns = [], format }: FormField, text: string): string | undefined {
  if (maxLength !== undefined && [...text].length > maxLength)
    return `must have at most ${maxLength} characters`;
  const failed = patterns.find((pattern) => !new RegExp(pattern, "u").test(text));
  if (failed !== undefined) return `must match ${failed}`;
  if (format === "date-time" && !isTime(text)) return "must be a time in UTC, such as 2027-01-31T12:00:00Z";
  return undefined;
}

/** The other formats are checked by the API. */
function isTime(text: string): boolean {
  const [, day, hour] = /^\d{4}-\d\d-(\d\d)T(\d\d):[0-5]\d:[0-5]\d(?:\.\d{1,3})?Z$/.exec(text) ?? [];
  const time = new Date(text);
  // February 30 would be another day.
  return (
    !Number.isNaN(time.getTime()) && time.getUTCDate() === Number(day) && time.getUTCHours() === Number(hour)
  );
}

function madeJson({ jsonType }: FormField, text: string, wrong: (message: string) => Made): Made {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong("must be JSON");
  }
  const type = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  if (jsonType !== undefined && type !== jsonType) return wrong(`must be JSON of an ${jsonType}`);
  return { value, mistakes: [] };
}
