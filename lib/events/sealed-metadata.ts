/**
 * The metadata of recorded objects, sealed: an application can put names and addresses into it, and the table StripeObjects is
 * readable for people with rights in the account. It is bound to its object: in another object's item, it does not open.
 */
import { createSealer, isSealed, type Sealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { isRecord, textOf } from "../untrusted.ts";
import { metadataIn } from "./object-state.ts";

type Metadata = Readonly<Record<string, string>>;

/** The sealer, kept because deriving its keys takes longer than sealing. */
let kept: { readonly secrets: string; readonly sealer: Sealer } | undefined;

async function sealerNow(): Promise<Sealer> {
  const secrets = await appSecrets();
  const known = secrets.join(",");
  if (kept?.secrets !== known) kept = { secrets: known, sealer: createSealer(secrets) };
  return kept.sealer;
}

/** What is stored as the metadata of the object; undefined if it has none. Throws SERVICE_UNAVAILABLE without APP_SECRET. */
export async function sealMetadata(
  objectId: string,
  metadata: Metadata | undefined,
): Promise<string | undefined> {
  if (metadata === undefined) return undefined;
  return (await sealerNow()).seal(metadata, contextOf(objectId));
}

/**
 * The stored metadata of the object; undefined if it has none. Also reads metadata in clear, from before it was sealed; the
 * next write seals it. `unreadable` if it was sealed with a secret that we have no more, or for another object.
 * Throws SERVICE_UNAVAILABLE without APP_SECRET.
 */
export async function openMetadata(
  objectId: string,
  stored: unknown,
): Promise<Metadata | undefined | "unreadable"> {
  if (stored === undefined || isRecord(stored)) return metadataIn(stored);
  const sealer = await sealerNow();
  try {
    return isSealed(stored) ? metadataIn(sealer.open(stored, contextOf(objectId))) : "unreadable";
  } catch {
    return "unreadable";
  }
}

/** The same for the address of a customer. */
export async function sealEmail(objectId: string, email: string | undefined): Promise<string | undefined> {
  return email === undefined ? undefined : (await sealerNow()).seal(email, emailContextOf(objectId));
}

/** The address; undefined if the object has none. See `openMetadata`. */
export async function openEmail(
  objectId: string,
  stored: unknown,
): Promise<string | undefined | "unreadable"> {
  if (stored === undefined) return undefined;
  try {
    return isSealed(stored)
      ? textOf((await sealerNow()).open(stored, emailContextOf(objectId)))
      : "unreadable";
  } catch {
    return "unreadable";
  }
}

const emailContextOf = (objectId: string) => `object:${objectId} email`;
const contextOf = (objectId: string) => `object:${objectId} metadata`;
