/** Turns the lines that the stack prints into lines for a person: one for each request, step, event and mail. */
import { isRecord, parseJson, textOf } from "../lib/untrusted.ts";
import { isWorthShowing } from "./stack-output.ts";

type Fields = Readonly<Record<string, unknown>>;

/** How long a request's line waits for the line of its function, and the other way round. */
const PARTNER_WITHIN_MS = 300;
/** What a function reports about an HTTP request; its other lines stand for themselves. */
const OF_REQUESTS: ReadonlySet<unknown> = new Set([
  "capability.invoked",
  "workflow.started",
  "workflow.read",
  "workflow.cancelled",
  "workflow.retried",
  "approval.approved",
  "approval.rejected",
  "approval.read",
  "audit.read",
  "webhook.received",
  "webhook.rejected",
  "pay-page.opened",
  "http.refused",
]);
/** The fields that say what a line is about, in the order in which they are shown. */
const SUBJECTS = [
  "capabilityId",
  "eventType",
  "eventId",
  "objectId",
  "paymentId",
  "queue",
  "kind",
  "template",
  "subject",
  "routeKey",
];
/** The fields that say how it ended. */
const RESULTS = ["outcome", "result", "code", "declineCode", "reason", "refusal", "alarm", "cause"];

export interface ReadableLog {
  /** Takes a line of the stack. */
  line(text: string): void;
  /** Prints what still waits. */
  end(): void;
}

export function readableLog(print: (line: string) => void): ReadableLog {
  /** Request lines and function lines that wait for each other, by request id. */
  const waiting = new Map<string, { fields: Fields; timer: NodeJS.Timeout }>();

  const pair = (fields: Fields, id: string) => {
    const partner = waiting.get(id);
    if (partner === undefined) {
      const timer = setTimeout(() => release(id), PARTNER_WITHIN_MS).unref();
      waiting.set(id, { fields, timer });
      return;
    }
    clearTimeout(partner.timer);
    waiting.delete(id);
    const isRequest = fields.event === "http.request";
    print(isRequest ? readable(fields, partner.fields) : readable(partner.fields, fields));
  };
  const release = (id: string) => {
    const alone = waiting.get(id);
    if (alone === undefined) return;
    clearTimeout(alone.timer);
    waiting.delete(id);
    print(readable(alone.fields));
  };

  return {
    line: (text) => {
      const fields = parseJson(text);
      if (!isRecord(fields) || textOf(fields.event) === undefined) {
        if (isWorthShowing(text)) print(text);
        return;
      }
      const id = textOf(fields.requestId);
      const isHalf =
        fields.event === "http.request" || (OF_REQUESTS.has(fields.event) && fields.action !== "step");
      if (isHalf && id !== undefined) pair(fields, id);
      else print(readable(fields));
    },
    end: () => {
      for (const id of [...waiting.keys()]) release(id);
    },
  };
}

/** One line: the time, what happened to what, how it ended, who asked for it, how long it took. */
function readable(fields: Fields, more: Fields = {}): string {
  const all = { ...more, ...fields };
  const texts = (names: readonly string[]) => names.flatMap((name) => shown(all[name]));
  const failed = [fields.level, more.level].find((level) => level === "error" || level === "warn");
  const what =
    fields.event === "http.request"
      ? `${String(fields.method)} ${String(fields.path)} ${String(fields.status)}`
      : [nameOf(all), ...texts(SUBJECTS)].join(" ");
  const parts = [
    timeOf(all),
    ...(failed === undefined ? [] : [String(failed).toUpperCase()]),
    what,
    ...texts(RESULTS),
    ...shown(all.principalId).map((principal) => `by ${principal}`),
    ...(typeof fields.durationMs === "number" ? [`${Math.round(fields.durationMs)} ms`] : []),
  ];
  return parts.join("  ");
}

function nameOf({ event, action }: Fields): string {
  return event === "capability.invoked" && action === "step" ? "step" : String(event);
}

function shown(value: unknown): string[] {
  return value === undefined || value === null || value === ""
    ? []
    : [String(value).replaceAll(/\s*\n\s*/g, " ")];
}

function timeOf({ timestamp }: Fields): string {
  const date = new Date(String(timestamp));
  return Number.isNaN(date.getTime()) ? "--:--:--" : date.toISOString().slice(11, 19);
}
