/** Checks the addresses that payers are sent to: only the application's own, so that a link of ours cannot lead astray. */
import { optionalEnv } from "../env.ts";
import { invalidField } from "../errors.ts";

const LONGEST = 2000;

/**
 * Throws VALIDATION_FAILED for an address that is not on one of the stage's RETURN_ORIGINS. `path`: the caller's field.
 */
export function checkReturnUrl(url: string | undefined, path = "returnUrl"): void {
  if (url === undefined) return;
  const mistake = returnUrlMistake(url, returnOrigins());
  if (mistake !== undefined) throw invalidField(path, mistake);
}

/** The origins in RETURN_ORIGINS, which are separated by commas. */
export function returnOrigins(): readonly string[] {
  return (optionalEnv("RETURN_ORIGINS") ?? "")
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
}

function returnUrlMistake(text: string, origins: readonly string[]): string | undefined {
  if (text.length > LONGEST) return `must have at most ${LONGEST} characters`;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    return "must be an http or https address, such as https://shop.your.domain/thanks";
  if (url.username !== "" || url.password !== "") return "must not contain a user name or a password";
  if (origins.includes(url.origin)) return undefined;
  return origins.length === 0
    ? "cannot be used: this stage sends payers to no other site; the setting RETURN_ORIGINS allows it"
    : "must have an origin that the setting RETURN_ORIGINS lists";
}
