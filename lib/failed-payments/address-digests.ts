/**
 * What a claim remembers of the address that its mail went to: enough to recognize it, and no address. The digests are keyed,
 * so that nobody can try addresses, and differ for each payment, so that nobody can tell whose payments belong together.
 */
import { comparableAddress } from "../email-address.ts";
import { macOf } from "../sealing/mac.ts";
import { appSecrets } from "../secrets/secrets.ts";

const PURPOSE = "mailed-address/v1";

/**
 * The digests of `address` for this payment: first the one to record, then those that a claim may have from before a rotation
 * of APP_SECRET. Throws SERVICE_UNAVAILABLE without APP_SECRET.
 */
export async function addressDigests(paymentId: string, address: string): Promise<string[]> {
  const parts = [paymentId, comparableAddress(address)];
  return (await appSecrets()).map((secret) => macOf(PURPOSE, parts, [secret]));
}
