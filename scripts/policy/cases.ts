/**
 * Decision tables: Markdown tables of attempts and of the decisions that the policies must make. Text around the tables
 * is for the reader. No I/O.
 */
import { type MentionedRoles, roleMistake } from "../../lib/compiler/policy/roles.ts";
import { SourceError, type SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { suggestion } from "../../lib/contract/suggestion.ts";
import {
  ACTIONS,
  type Action,
  EFFECTS,
  type Effect,
  USAGE_NAMES,
  type Usage,
} from "../../lib/policy/policy.ts";
import { present } from "../../lib/present.ts";
import { fieldsOf, listOf } from "../../lib/untrusted.ts";
import { QUIET_USAGE } from "./quiet-usage.ts";

export interface PolicyCase {
  /** `policies/default.cases.md:12` */
  readonly place: string;
  readonly who: string;
  readonly roles: readonly string[];
  readonly customerId?: string;
  readonly action: Action;
  readonly capability: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly usage: Usage;
  readonly decision: Effect;
  readonly ruleId: string;
  /** Part of the reason; empty when the row does not contain one. */
  readonly because: string;
}

const COLUMNS = ["who", "does", "to", "with", "decision", "by rule", "because"];

interface Cell {
  readonly text: string;
  readonly column: number;
}

/**
 * Every row of every table. Throws a SourceError that lists every mistake. When `mentioned` is given, a role that no
 * rule mentions is a mistake, too.
 */
export function readCases(file: string, text: string, mentioned?: MentionedRoles): PolicyCase[] {
  const issues: SourceIssue[] = [];
  const cases: PolicyCase[] = [];
  let isInTable = false;
  for (const [index, line] of text.split("\n").entries()) {
    const at = (column: number, message: string) => issues.push({ file, line: index + 1, column, message });
    if (!line.startsWith("|")) {
      isInTable = false;
      continue;
    }
    const cells = cellsOf(line);
    if (!isInTable) {
      isInTable = true;
      if (cells.map((cell) => cell.text).join() !== COLUMNS.join())
        at(1, `a table of cases has the columns ${COLUMNS.join(", ")}`);
    } else if (!cells.every((cell) => /^:?-+:?$/.test(cell.text))) {
      if (cells.length === COLUMNS.length) {
        cases.push(...readCase(`${file}:${index + 1}`, cells, at));
        if (mentioned !== undefined) checkRoles(cells[0], mentioned, at);
      } else at(1, `the row has ${cells.length} cells; a case has ${COLUMNS.length}`);
    }
  }
  if (issues.length > 0) throw new SourceError(issues);
  return cases;
}

function cellsOf(line: string): Cell[] {
  let column = 2;
  return line
    .replace(/\s*\|?\s*$/, "")
    .slice(1)
    .split("|")
    .map((raw) => {
      const cell = { text: raw.trim(), column: column + raw.length - raw.trimStart().length };
      column += raw.length + 1;
      return cell;
    });
}

type Note = (column: number, message: string) => void;

function readCase(place: string, cells: readonly Cell[], note: Note): PolicyCase[] {
  const [who, does, to, given, decided, rule, because] = cells;
  const action = oneOf(does, ACTIONS, "action", note);
  const decision = oneOf(decided, EFFECTS, "decision", note);
  const { input, usage } = readGiven(given, note);
  if (action === undefined || decision === undefined) return [];
  const found: PolicyCase = {
    place,
    ...readWho(who?.text ?? ""),
    action,
    capability: to?.text ?? "",
    input,
    usage: { ...QUIET_USAGE, ...usage },
    decision,
    ruleId: rule?.text ?? "",
    because: because?.text ?? "",
  };
  return [found];
}

/** The only role that a case can use although no rule mentions it, to show what happens to unknown roles. */
const STRANGER = "stranger";

function checkRoles(who: Cell | undefined, mentioned: MentionedRoles, note: Note): void {
  const { text, column } = who ?? { text: "", column: 1 };
  for (const role of readWho(text).roles) {
    const mistake = role === STRANGER ? undefined : roleMistake(role, mentioned);
    if (mistake !== undefined) note(column + text.indexOf(role), mistake);
  }
}

/** `checkout`, `checkout, support`, `nobody`, `stranger`, `checkout for cus_ada`. */
function readWho(who: string): Pick<PolicyCase, "who" | "roles" | "customerId"> {
  const [names = "", customerId] = who.split(" for ");
  const roles = names === "nobody" ? [] : names.split(",").map((role) => role.trim());
  return { who, roles, ...present({ customerId: customerId?.trim() }) };
}

function oneOf<T extends string>(
  cell: Cell | undefined,
  known: readonly T[],
  what: string,
  note: Note,
): T | undefined {
  const written = cell?.text ?? "";
  const found = known.find((value) => value === written);
  if (found === undefined)
    note(cell?.column ?? 1, `unknown ${what} "${written}"${suggestion(written, known)}`);
  return found;
}

/** `amount = 4200, lines.0.amount = 500, usage.callsThisMinute = 601`; empty or `-` for nothing. */
function readGiven(cell: Cell | undefined, note: Note) {
  const input: Record<string, unknown> = {};
  const usage: Partial<Record<(typeof USAGE_NAMES)[number], number>> = {};
  const text = cell?.text ?? "";
  for (const pair of text === "" || text === "-" ? [] : text.split(",")) {
    const [name = "", value] = pair.split("=").map((part) => part.trim());
    const usageName = USAGE_NAMES.find((known) => name === `usage.${known}`);
    if (value === undefined) note(cell?.column ?? 1, `"${pair.trim()}" is not of the form name = value`);
    else if (usageName !== undefined && /^\d+$/.test(value)) usage[usageName] = Number(value);
    else if (usageName !== undefined) note(cell?.column ?? 1, `${name} must be a whole number`);
    else if (name.startsWith("usage."))
      note(cell?.column ?? 1, `usage has no "${name.slice(6)}"${suggestion(name.slice(6), USAGE_NAMES)}`);
    else put(input, name, readValue(value));
  }
  return { input, usage };
}

/** `lines.0.amount`: the field of an item of a list. */
const OF_ITEM = /^(\w+)\.(\d+)\.(\w+)$/;

function put(input: Record<string, unknown>, name: string, value: string | number): void {
  const [, list, index, field] = OF_ITEM.exec(name) ?? [];
  if (list === undefined || index === undefined || field === undefined) {
    input[name] = value;
    return;
  }
  const items = [...listOf(input[list])];
  items[Number(index)] = { ...fieldsOf(items[Number(index)]), [field]: value };
  input[list] = items;
}

/** A value that looks like a number is a number, unless it is in quotes. */
function readValue(written: string): string | number {
  if (/^-?\d+(\.\d+)?$/.test(written)) return Number(written);
  return written.replace(/^"(.*)"$/, "$1");
}
