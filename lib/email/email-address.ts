/** A plain plausibility check of an email address; whether it exists only a mail can tell. Pure. */
const ADDRESS = /^[^\s@<>()",;:\\[\]]+@[^\s@.<>()",;:\\[\]]+(\.[^\s@.<>()",;:\\[\]]+)+$/;

/** RFC 5321's limit of a path, less its angle brackets. */
const MAX_LENGTH = 254;

export function isEmailAddress(text: string): boolean {
  return text.length <= MAX_LENGTH && ADDRESS.test(text);
}
