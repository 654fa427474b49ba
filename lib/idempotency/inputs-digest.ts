/** The digest that compares a key's second use with its first. Keyed, because inputs can be guessed. Pure. */
import { canonicalJson } from "../canonical-json.ts";
import { appKey } from "../sealing/app-keys.ts";
import { hmacOf } from "../sealing/hmac.ts";

/**
 * One digest of `inputs` for each of `appSecrets`: the first is stored, and any of them is a match, so that a key is
 * still recognised after a rotation.
 */
export function inputsDigests(inputs: unknown, appSecrets: readonly string[]): string[] {
  const text = canonicalJson(inputs);
  return appSecrets.map((secret) => hmacOf(appKey(secret, "inputs-digest/v1"), text, "hex"));
}
