/** The language and the time zone of payers whose own are not known. */
import { optionalEnv } from "../env.ts";
import { LAST_RESORT } from "./choose-language.ts";
import { isTimeZone } from "./format-date.ts";

export interface PayersDefaults {
  /** BCP 47. */
  readonly language: string;
  /** IANA's name. */
  readonly timeZone: string;
}

/** From BUSINESS_LANGUAGE (default `en`) and BUSINESS_TIME_ZONE (default `UTC`). A time zone that Intl does not know is UTC. */
export function readPayersDefaults(): PayersDefaults {
  const timeZone = optionalEnv("BUSINESS_TIME_ZONE") ?? "UTC";
  return {
    language: optionalEnv("BUSINESS_LANGUAGE") ?? LAST_RESORT,
    timeZone: isTimeZone(timeZone) ? timeZone : "UTC",
  };
}
