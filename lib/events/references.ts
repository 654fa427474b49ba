/**
 * The index of what the application calls Stripe's objects: its order and user ids in their metadata, and the addresses of
 * customers. It is in the table StripeObjects, one item for each object and value, so that writing one needs no reading, and
 * two consumers cannot lose each other's:
 *
 *   objectId  reference_<digest of the value>_<id of the object>
 *   stateOf   reference_<digest of the value>                      the hash key of the index `by-customer`
 *
 * The digest is keyed, because anyone could compute an unkeyed one of the addresses and numbers that they guess. A reference is
 * written before the record that has its value, and stays when the value changes. So it is a hint: whoever follows it looks
 * into the record (find-by-reference.ts). See docs/decisions/0121-search-by-the-applications-ids.md.
 */
import { type Item, putItem } from "../aws/dynamodb.ts";
import { holdsCardNumber, isCardField } from "../card-data.ts";
import { comparableAddress, isEmailAddress } from "../email-address.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { scrub } from "../scrub.ts";
import { appKey } from "../sealing/app-keys.ts";
import { hmacOf } from "../sealing/hmac.ts";
import { appSecrets } from "../secrets/secrets.ts";
import type { ObjectState } from "./object-state.ts";

const PREFIX = "reference_";
/** Of base64url: 132 bits. */
const DIGEST_LENGTH = 22;
/** Each value is an item: an object with more of them is found by the first ones only. */
export const MOST_REFERENCES = 10;
const SHORTEST = 2;
const LONGEST = 100;

/** A payment has the same metadata as its charge, and more people look for payments. */
const NOT_INDEXED: ReadonlySet<string> = new Set(["charge"]);
/** `orderId`, `order_id`, `ID`; not `paid`. */
const ID_NAME = /(?:^id|Id|ID|[_. -]id)$/;
/** What `scrub` puts in place of something that nobody may know. */
const SECRET_MARK = /\[(?:key|webhook secret|client secret|token|payment link)\]/;

/** The form in which values are compared: two ways to write one address are one value. */
export function comparableValue(text: string): string {
  const trimmed = text.normalize("NFC").trim();
  return isEmailAddress(trimmed) ? comparableAddress(trimmed) : trimmed;
}

/**
 * The values by which the object is found, in alphabetical order: at most ten, ids first. A word counts as an id if its name ends in
 * "id" or if it has a digit. Refunds, disputes and credit notes are also found by what they belong to, which is nowhere else noted.
 */
export function referencesOf({ objectType, metadata = {}, email, ...state }: ObjectState): readonly string[] {
  if (NOT_INDEXED.has(objectType)) return [];
  const named = Object.entries(metadata)
    .filter(([name, value]) => isReference(name, value))
    .sort(([a], [b]) => Number(ID_NAME.test(b)) - Number(ID_NAME.test(a)) || (a < b ? -1 : 1))
    .map(([, value]) => value);
  const values = [email ?? "", ownerOf(objectType, state), ...named].map(comparableValue);
  return [...new Set(values.filter((value) => value !== ""))].slice(0, MOST_REFERENCES).sort();
}

function isReference(name: string, value: string): boolean {
  const text = comparableValue(value);
  if (text.length < SHORTEST || text.length > LONGEST) return false;
  if (isCardField(name) || holdsCardNumber(text) || SECRET_MARK.test(scrub(text))) return false;
  return ID_NAME.test(name) || isEmailAddress(text) || (/\d/.test(text) && !/\s/.test(text));
}

function ownerOf(
  objectType: string,
  { paymentIntentId, chargeId, invoiceId }: Omit<ObjectState, "objectType" | "metadata" | "email">,
): string {
  if (objectType === "refund" || objectType === "dispute") return paymentIntentId ?? chargeId ?? "";
  return objectType === "credit_note" ? (invoiceId ?? "") : "";
}

/** The hash key under which the objects with this value are listed. Pure. */
export function referenceKey(value: string, appSecret: string): string {
  const digest = hmacOf(appKey(appSecret, "references/v1"), comparableValue(value), "base64url");
  return `${PREFIX}${digest.slice(0, DIGEST_LENGTH)}`;
}

/** The object that a reference is about. */
export const objectOfReference = ({ objectId }: Item): string =>
  String(objectId).slice(PREFIX.length + DIGEST_LENGTH + 1);

/** Whether an item of the table StripeObjects is a reference, not a record. */
export const isReferenceItem = ({ objectId }: Item): boolean => String(objectId).startsWith(PREFIX);

/** Says which references were written for a record: kept with it, so that the next event writes none. */
export function referencesMark(values: readonly string[], appSecret: string): string | undefined {
  if (values.length === 0) return undefined;
  const keys = values.map((value) => referenceKey(value, appSecret));
  return hmacOf(appKey(appSecret, "references/v1"), keys.join("\n"), "base64url").slice(0, DIGEST_LENGTH);
}

/**
 * Writes the references of a state that is about to be recorded, unless `mark`, from the record before, says that they are there.
 * Returns the mark for the new record; undefined if there are none. Throws SERVICE_UNAVAILABLE.
 */
export async function writeReferences(
  objectId: string,
  state: ObjectState,
  mark: unknown,
  now: Date,
): Promise<string | undefined> {
  const values = referencesOf(state);
  if (values.length === 0) return undefined;
  const [secret] = await appSecrets();
  if (secret === undefined) throw new Problem("SERVICE_UNAVAILABLE", "APP_SECRET contains no secret");
  const current = referencesMark(values, secret);
  if (current === mark) return current;
  await Promise.all(
    values.map((value) => {
      const key = referenceKey(value, secret);
      return putItem(env("STRIPE_OBJECTS_TABLE"), {
        ...{ objectId: `${key}_${objectId}`, stateOf: key },
        writtenAt: now.toISOString(),
      });
    }),
  );
  return current;
}
