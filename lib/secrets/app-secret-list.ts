/** APP_SECRET as it is written: one secret, or several separated by commas while it is rotated, the new one first. Pure. */

/** Sealing keys and signatures are derived from it: a short secret could be guessed from their output. */
const MIN_LENGTH = 16;

/** The secrets in `text`, or what is wrong with it: the end of a sentence, without any secret. */
export function readAppSecrets(
  text: string,
): { readonly ok: true; readonly secrets: string[] } | { readonly ok: false; readonly mistake: string } {
  const secrets = text
    .split(",")
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "");
  if (secrets.length === 0) return { ok: false, mistake: "contains no secret" };
  if (secrets.some((secret) => secret.length < MIN_LENGTH)) {
    return { ok: false, mistake: `contains a secret of fewer than ${MIN_LENGTH} characters` };
  }
  return { ok: true, secrets };
}
