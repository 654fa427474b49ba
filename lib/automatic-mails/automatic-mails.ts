/** Which mails are sent automatically, about events at Stripe. Pure. */
import { suggestion } from "../contract/suggestion.ts";
import { Problem } from "../errors.ts";

/** The mails that can be. Failed payments are followed up in any case: see lib/failed-payments. */
export const AUTOMATIC_MAILS = [
  "receipt",
  "invoice",
  "refund",
  "subscription-started",
  "trial-ending",
  "subscription-changed",
  "subscription-canceled",
  "card-expiring",
] as const;

export type AutomaticMail = (typeof AUTOMATIC_MAILS)[number];

const isAutomaticMail = (name: string): name is AutomaticMail =>
  AUTOMATIC_MAILS.some((known) => known === name);

const namesIn = (value: string) =>
  value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** What is wrong with a value of AUTOMATIC_MAILS, as a sentence; undefined if it is a list of such mails, or `none`. */
export function automaticMailsMistake(value: string): string | undefined {
  if (value.trim() === "none") return undefined;
  const wrong = namesIn(value).find((name) => !isAutomaticMail(name));
  return wrong === undefined
    ? undefined
    : `AUTOMATIC_MAILS must be none, or a list of mails with commas between them; it contains "${wrong}"${suggestion(wrong, AUTOMATIC_MAILS)}.`;
}

/** From AUTOMATIC_MAILS; none by default. Throws INTERNAL_ERROR that names a mistake. */
export function readAutomaticMails(
  environment: Readonly<Record<string, unknown>>,
): ReadonlySet<AutomaticMail> {
  const value = String(environment.AUTOMATIC_MAILS ?? "");
  const mistake = automaticMailsMistake(value);
  if (mistake !== undefined) throw new Problem("INTERNAL_ERROR", mistake);
  return new Set(namesIn(value).filter(isAutomaticMail));
}
