/**
 * The one rule for email addresses: what callers may send, what is mailed to, and which addresses are the same person's.
 * It accepts what SES can deliver to: an unquoted ASCII part before the @, and a domain name, which can be
 * internationalized. Only a mail can show whether the address exists. Pure.
 */
import { domainToASCII, domainToUnicode } from "node:url";

/** RFC 5321's limits, for the ASCII form: a path without its angle brackets, and the part before the @. */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;
const MAX_LABEL_LENGTH = 63;

const EXPECTED = "must be an email address, such as ada@example.com";

export function isEmailAddress(text: string): boolean {
  return fault(text) === undefined;
}

/** What is wrong with the address, to follow a field's name; undefined for one that is accepted. Does not quote it. */
export function addressMistake(text: string): string | undefined {
  const why = fault(text);
  return why === undefined ? undefined : `${EXPECTED}: ${why}`;
}

/** The address with its domain in punycode, the form in which mail servers know it. Unchanged if it is not an address. */
export function asciiAddress(text: string): string {
  const [local, domain] = partsOf(text);
  const ascii = domain === undefined ? "" : domainToASCII(domain);
  return ascii === "" ? text : `${local}@${ascii}`;
}

/** Equal for addresses that reach the same person: case, and the form of the domain, make no difference. */
export function comparableAddress(text: string): string {
  return asciiAddress(text.trim().toLowerCase());
}

/** The ways to write the address that this rule compares as equal and that a system that compares texts may have stored. */
export function spellingsOf(text: string): readonly string[] {
  const compared = comparableAddress(text);
  const [local, domain] = partsOf(compared);
  const unicode = domain === undefined ? compared : `${local}@${domainToUnicode(domain)}`;
  return [...new Set([text, compared, unicode])];
}

function partsOf(text: string): [local: string, domain?: string] {
  const at = text.lastIndexOf("@");
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function fault(text: string): string | undefined {
  const [local, domain] = partsOf(text);
  if (domain === undefined || local.includes("@")) return "it needs exactly one @";
  return faultOfLocal(local) ?? faultOfDomain(domain) ?? faultOfLength(text);
}

function faultOfLocal(local: string): string | undefined {
  if (local === "") return "nothing is before the @";
  if (local.length > MAX_LOCAL_LENGTH) return `more than ${MAX_LOCAL_LENGTH} characters are before the @`;
  if (!/^[\w.!#$%&'*+/=?^`{|}~-]+$/.test(local))
    return "before the @ there can be only unaccented letters, digits and .!#$%&'*+/=?^_`{|}~-";
  return /^\.|\.\.|\.$/.test(local)
    ? "the part before the @ begins or ends with a dot, or has two in a row"
    : undefined;
}

function faultOfDomain(domain: string): string | undefined {
  if (domain === "") return "nothing is after the @";
  if (/(?:^|\.)\d+$/.test(domain)) return "the domain must be a name, not an IP address";
  const ascii = /[^A-Za-z0-9.\-\u{80}-\u{10ffff}]/u.test(domain) ? "" : domainToASCII(domain);
  const labels = ascii.split(".");
  if (ascii === "" || !/^[a-z0-9.-]+$/.test(ascii))
    return "the domain contains something other than letters, digits, hyphens and dots";
  if (labels.includes("")) return "the domain begins or ends with a dot, or has two in a row";
  if (labels.length < 2) return "the domain needs at least two parts, as in example.com";
  return labels.map(faultOfLabel).find((found) => found !== undefined);
}

function faultOfLabel(label: string): string | undefined {
  const shown = domainToUnicode(label);
  if (/^-|-$/.test(label) || /^-|-$/.test(shown)) return "a part of the domain begins or ends with a hyphen";
  if (label.length > MAX_LABEL_LENGTH)
    return `a part of the domain has more than ${MAX_LABEL_LENGTH} characters`;
  return label.startsWith("xn--") && shown === label
    ? "a part of the domain begins with xn-- and is not punycode"
    : undefined;
}

function faultOfLength(text: string): string | undefined {
  return asciiAddress(text).length > MAX_LENGTH ? `it has more than ${MAX_LENGTH} characters` : undefined;
}
