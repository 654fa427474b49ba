/** Makes an entry of a line in a function's log. Pure. */
import { hash } from "node:crypto";
import { isProblemCode, PROBLEM_KINDS } from "../../../lib/errors.ts";
import { present } from "../../../lib/present.ts";
import {
  entryOf,
  type Fields,
  fieldsOf,
  numberOf,
  parseJson,
  textOf,
  wholeNumberOf,
} from "../../../lib/untrusted.ts";
import { CUT_OFF_PATTERN } from "../../affected/queries.ts";
import type { Entry, EntryKind, Outcome } from "./entry.ts";
import { LINE_SHAPES, type LineShape } from "./line-shapes.ts";
import { inWords } from "./words.ts";

export interface FunctionLine {
  /** The name of the function's folder. */
  readonly functionName: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly message: string;
  /** What tells the line from all others; by default a digest of it, which equal lines share. */
  readonly lineId?: string;
}

/** Fields whose names end like those of ids, and are names. */
const NAMES: ReadonlySet<string> = new Set(["capabilityId", "principalId", "ruleId"]);

/** The metrics of a line that raise an alarm as soon as they are above 0: resources/alarms.yml. */
const ALARMS: readonly (readonly [metric: string, alarm: string])[] = [
  ["KeysRefused", "RefusedKeysAlarm"],
  ["AuditUnverified", "AuditChangedAlarm"],
  ["UsageRefused", "UsageRefusedAlarm"],
  ["MailsUndelivered", "MailBounceAlarm"],
  ["ContextRejections", "DistrustedCallsAlarm"],
  ["MessageRejections", "DistrustedMessagesAlarm"],
  ["EventsMissing", "ReconcilerFindsAlarm"],
  ["DriftFound", "DriftFoundAlarm"],
  ["AuditDaysNotArchived", "AuditNotArchivedAlarm"],
];

const CUT_OFF = new RegExp(`(?:${CUT_OFF_PATTERN})[^\\n"]{0,100}`);
const REQUEST_ID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/;

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  succeeded: "succeeded",
  replayed: "replayed",
  denied: "refused",
  rejected: "refused",
  ignored: "ignored",
  stale: "ignored",
  duplicate: "ignored",
};

/** The entry; undefined for a line that is not one of ours, such as Lambda's report. */
export function entryOfLogLine({ functionName, at, message, lineId }: FunctionLine): Entry | undefined {
  const line = fieldsOf(parseJson(message));
  const event = textOf(line.event);
  if (event === undefined) return cutOff({ functionName, at, message, ...present({ lineId }) });
  const shape: LineShape = entryOf(LINE_SHAPES, event) ?? { kind: "call", title: event };
  const outcome = shape.outcome?.(line) ?? outcomeOf(line);
  return {
    id: `log:${lineId ?? digestOf(functionName, at, message)}`,
    at,
    kind: kindOf(shape, line),
    outcome,
    title: typeof shape.title === "string" ? shape.title : shape.title(line),
    ids: idsIn(line),
    functionName,
    event,
    ...present({
      count: numberOf(line.missing) ?? numberOf(line.drifted) ?? numberOf(line.attempts),
      detail: detailOf(line),
      code: textOf(line.code),
      alarm: textOf(line.alarm) ?? shape.alarm ?? alarmOfMetrics(line),
      routine: isRoutine(shape, line) && outcome === "succeeded" ? true : undefined,
      principal: textOf(line.principalId),
      decision: decisionOf(line),
      durationMs: numberOf(line.durationMs),
    }),
    ...moneyOf(line),
  };
}

/** The entry of an invocation that Lambda ended, for its timeout or its memory: our code could not write its line. */
function cutOff({ functionName, at, message, lineId }: FunctionLine): Entry | undefined {
  const [reason] = CUT_OFF.exec(message) ?? [];
  if (reason === undefined) return undefined;
  const id = `log:${lineId ?? digestOf(functionName, at, message)}`;
  const requestIds = [...(message.match(REQUEST_ID) ?? [])];
  const title = `${functionName} was cut off`;
  return { id, at, kind: "call", outcome: "failed", title, detail: reason, ids: requestIds, functionName };
}

/**
 * The entry with one for the request to Stripe that the line names: for a log that is all that is known about those requests. A line
 * names the last request of its call.
 */
export function withStripeRequest(entry: Entry): Entry[] {
  const requestId = entry.ids.find((id) => id.startsWith("req_"));
  if (requestId === undefined || entry.kind === "stripe") return [entry];
  const { at, outcome, title, ids, detail, code } = entry;
  const request = { at, outcome, ids, title: `Request of ${title}`, ...present({ detail, code }) };
  return [{ ...request, id: `stripe:${requestId}`, kind: "stripe" }, entry];
}

/** The same for equal lines of one function. */
export function digestOf(functionName: string, at: number, message: string): string {
  return hash("sha1", `${functionName}\n${at}\n${message}`, "base64url");
}

function kindOf({ kind }: LineShape, { capabilityId, action }: Fields): EntryKind {
  if (capabilityId === "send-email") return "mail";
  return kind === "call" && action === "step" ? "step" : kind;
}

function outcomeOf({ outcome, level, code }: Fields): Outcome {
  // It is not refused for good: somebody has to decide.
  if (code === "APPROVAL_REQUIRED") return "waiting";
  const known = entryOf(OUTCOMES, textOf(outcome) ?? "");
  const status = isProblemCode(code) ? PROBLEM_KINDS[code].status : undefined;
  if (status !== undefined && status >= 500) return "failed";
  if (known !== undefined) return known;
  if (outcome === "failed") return status === undefined ? "failed" : "refused";
  return level === "error" || level === "warn" ? "failed" : "succeeded";
}

/** Why it ended so, or what came of it: the first of these that the line has. */
function detailOf(line: Fields): string | undefined {
  const { outcome, inProgress } = line;
  if (outcome === "duplicate" && line.event !== "automatic-mail" && line.event !== "failed-payment.mail")
    return inProgress === true ? "Another copy is being applied" : "Another copy was applied before";
  if (outcome === "stale") return "The record is newer already";
  const said = [line.refusal, line.reason, line.declineCode, line.result].flatMap(
    (value) => textOf(value) ?? [],
  );
  if (said.length > 0) return [...new Set(said.map(inWords))].join(": ");
  const cause = textOf(line.cause)?.split("\n")[0];
  if (cause !== undefined) return cause;
  if (line.skipped === true) return "Another run is doing it";
  // It is in the title of a line about a run.
  return countsIn(line) ?? (line.event === "workflow.recorded" ? undefined : textOf(line.status));
}

function countsIn(line: Fields): string | undefined {
  const { counts } = entryOf(LINE_SHAPES, textOf(line.event) ?? "") ?? {};
  if (counts === undefined) return undefined;
  const above = counts.filter((name) => (numberOf(line[name]) ?? 0) > 0);
  return above.length === 0 ? "Nothing to do" : above.map((name) => `${name} ${line[name]}`).join(", ");
}

/** What a schedule does every few minutes without finding anything is not what anybody looks for. */
function isRoutine({ counts }: LineShape, line: Fields): boolean {
  if (line.skipped === true) return true;
  return counts?.every((name) => (numberOf(line[name]) ?? 0) === 0) ?? false;
}

function alarmOfMetrics(line: Fields): string | undefined {
  return ALARMS.find(([metric]) => (numberOf(line[metric]) ?? 0) > 0)?.[1];
}

/** In the order of the line: every field whose name ends with `Id`. */
function idsIn(line: Fields): string[] {
  const found: string[] = [];
  for (const name of Object.keys(line)) {
    if (!name.endsWith("Id") || NAMES.has(name)) continue;
    const value = line[name];
    if (typeof value === "string" && value !== "" && !found.includes(value)) found.push(value);
  }
  return found;
}

function decisionOf({ decision, ruleId }: Fields) {
  return typeof decision === "string" && typeof ruleId === "string" ? { decision, ruleId } : undefined;
}

function moneyOf({ amount, currency }: Fields): Pick<Entry, "amount" | "currency"> {
  const [whole, name] = [wholeNumberOf(amount), textOf(currency)];
  return whole === undefined || name === undefined ? {} : { amount: whole, currency: name };
}
