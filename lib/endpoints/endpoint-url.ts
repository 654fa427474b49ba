/** The URL of an endpoint. Pure. */
import { isIP } from "node:net";
import { invalidField } from "../errors.ts";
import { isLoopbackAddress, isPublicAddress } from "./public-address.ts";

const LONGEST_URL = 2_048;

/** Whether endpoints can be on this machine, over plain HTTP: only on the local stack. */
export interface UrlRules {
  readonly loopback: boolean;
}

/**
 * `text` in the usual form of a URL. Throws VALIDATION_FAILED for a URL that is not https, contains credentials, or names a host
 * that cannot be public. The host's addresses are checked again when a notification is sent: post-notification.ts.
 */
export function checkedUrl(text: string, { loopback }: UrlRules): string {
  const refused = (message: string) => invalidField("url", message);
  if (text.length > LONGEST_URL) throw refused(`must have at most ${LONGEST_URL} characters`);
  if (!URL.canParse(text)) throw refused("must be a URL, such as https://example.com/notifications");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    throw refused("must not contain a user name or a password: every request is signed instead");
  if (url.hash !== "") throw refused("must not have a fragment (#...): it would not be sent");
  const isLocal = isLoopbackHost(url.hostname);
  if (loopback && isLocal && url.protocol === "http:") return url.href;
  if (url.protocol !== "https:")
    throw refused(loopback ? "must start with https://, or http://localhost" : "must start with https://");
  if (loopback && isLocal) return url.href;
  if (!isPublicHost(url.hostname))
    throw refused("must name a host on the public internet, not a private or reserved address");
  return url.href;
}

/** `url.hostname` without the brackets of an IPv6 address. */
export const hostOf = (hostname: string) => hostname.replace(/^\[|\]$/g, "");

export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || isLoopbackAddress(hostOf(hostname));
}

/** A name needs a dot; those that only a local network knows are refused. */
function isPublicHost(hostname: string): boolean {
  const host = hostOf(hostname);
  if (isIP(host) !== 0) return isPublicAddress(host);
  return host.includes(".") && !/(?:^|\.)(?:localhost|local|internal|localdomain|home\.arpa)\.?$/.test(host);
}
