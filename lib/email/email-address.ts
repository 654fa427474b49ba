/** A simple plausibility check of an email address; only a mail can show whether it exists. Pure. */
const ADDRESS = /^[^\s@<>()",;:\\[\]]+@[^\s@.<>()",;:\\[\]]+(\.[^\s@.<>()",;:\\[\]]+)+$/;

/** RFC 5321's limit for a path, without its angle brackets. */
const MAX_LENGTH = 254;

export function isEmailAddress(text: string): boolean {
  return text.length <= MAX_LENGTH && ADDRESS.test(text);
}
