/**
 * Removes client secrets from an event before it is queued: anyone who has one can confirm the payment, and a message can wait
 * in a dead-letter queue for 14 days. No consumer needs one. Pure.
 */

/** A name and its value in JSON text. Inside of a text, quotation marks are escaped, so none is found there. */
const CLIENT_SECRET_FIELD = /"client_secret"(\s*:\s*)"(?:[^"\\]|\\.)*"/g;
/** A secret anywhere else, such as in the address of a redirect: `pi_..._secret_...`, `src_client_secret_...`. */
const CLIENT_SECRET = /(?<![A-Za-z0-9])[a-z]+(?:_[A-Za-z0-9]+){0,4}_secret_[A-Za-z0-9]+/g;
/** A part of each. */
const INNERMOST = "_secret_";

/** The JSON text `body` with nothing else changed: numbers keep all their digits. */
export function withoutSecrets(body: string): string {
  return withoutLooseSecrets(body.replace(CLIENT_SECRET_FIELD, '"client_secret"$1null'));
}

/**
 * Looks only at the words that contain INNERMOST. A match of CLIENT_SECRET is inside one word, and looking for one at every
 * letter of an event takes as long as parsing it.
 */
function withoutLooseSecrets(text: string): string {
  let cleaned = "";
  let done = 0;
  for (let found = text.indexOf(INNERMOST); found !== -1; found = text.indexOf(INNERMOST, done)) {
    const start = wordEdge(text, found, -1);
    const end = wordEdge(text, found, 1);
    cleaned += text.slice(done, start) + text.slice(start, end).replace(CLIENT_SECRET, "[client secret]");
    done = end;
  }
  return cleaned + text.slice(done);
}

/** Where the word around `inside` begins (`step` -1) or ends (`step` 1): it has ASCII letters, digits and underscores. */
function wordEdge(text: string, inside: number, step: 1 | -1): number {
  let place = inside;
  while (isWordCharacter(text.charCodeAt(place + step))) place += step;
  return step === -1 ? place : place + 1;
}

function isWordCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95
  );
}
