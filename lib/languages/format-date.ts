/** Dates as the people of a country write them. Pure. */

/** What a reader's dates look like. */
export interface DateStyle {
  /** BCP 47, such as `de-AT`. */
  readonly locale: string;
  /** IANA's name, such as `Europe/Vienna`. */
  readonly timeZone: string;
}

/** "December 1, 2026", "1. Dezember 2026", "2026年12月1日". */
export function formatDate(date: Date, { locale, timeZone }: DateStyle): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone }).format(date);
}

/** The same with the time and the time zone: "December 1, 2026 at 12:00 PM UTC". */
export function formatDateAndTime(date: Date, { locale, timeZone }: DateStyle): string {
  return new Intl.DateTimeFormat(locale, {
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone,
  }).format(date);
}

/** "April 2027". `month` counts from 1. A month has no time zone. */
export function formatMonth(
  { year, month }: { readonly year: number; readonly month: number },
  locale: string,
) {
  const options = { year: "numeric", month: "long", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale, options).format(Date.UTC(year, month - 1, 1));
}

/** Whether Intl knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
