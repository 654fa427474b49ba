/** How events, times and counts are shown. Pure. */
import { objectIdOf, type QueuedEvent } from "../../lib/events/stripe-event.ts";
import type { MailReport } from "../../lib/mail-events/mail-report.ts";
import { singleWord } from "../../lib/scrub.ts";
import type { FilteredEvent } from "./event-filter.ts";

/** Takes the lines that a command says: it prints them, the console shows them. */
export type Say = (line: string) => void;

/** Unix seconds -> `2026-11-25 08:30:00` */
export function timeOf(seconds: number): string {
  return utc(new Date(seconds * 1000).toISOString());
}

/** `2026-11-25T08:30:00.123Z` -> `2026-11-25 08:30:00` */
export function utc(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

export const counted = (count: number, one: string, many = `${one}s`) =>
  `${count} ${count === 1 ? one : many}`;

export function filteredOf(queued: QueuedEvent): FilteredEvent {
  const { type, created } = queued.head;
  return { type, created, objectId: objectIdOf(queued) };
}

/** `ignored, gone`: the state of an event that was kept and changed nothing. The first release noted no reason. */
export function ignoredFor({ reason }: Readonly<Record<string, unknown>>): string {
  return typeof reason === "string" ? `ignored, ${singleWord(reason)}` : "ignored";
}

/** `evt_1 invoice.paid of in_1`. A message body can contain anything, so only single words of it are shown. */
export function nameOf(queued: QueuedEvent): string {
  const objectId = objectIdOf(queued);
  const of = objectId === undefined ? "" : ` of ${singleWord(objectId)}`;
  return `${singleWord(queued.head.id)} ${singleWord(queued.head.type)}${of}`;
}

/** `SES's report Bounce of mail 0100018f`. Never an address, which SES repeats in several fields. */
export function nameOfReport(report: MailReport | "greeting"): string {
  return report === "greeting"
    ? "SES's greeting"
    : `SES's report ${report.eventType} of mail ${singleWord(report.messageId)}`;
}
