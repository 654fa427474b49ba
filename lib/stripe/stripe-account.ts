/**
 * The account that our key belongs to. It is asked once per warm function, because a function reads its key once. It is a
 * label for people and for the check of stored ids; nothing that decides about a payment depends on it.
 */
import { textOf } from "../untrusted.ts";

/** Reads from Stripe: `readStripe`, or what an event's consumer has for it. */
type Read = (path: string) => Promise<Readonly<Record<string, unknown>> | undefined>;

let known: Promise<string | undefined> | undefined;

/** `acct_...`; undefined if Stripe does not say, such as to a restricted key. Never rejects. */
export function ownAccount(read: Read): Promise<string | undefined> {
  known ??= askStripe(read);
  return known;
}

/** Asks again the next time. For when Stripe does not have an object that it had under this key. */
export function forgetOwnAccount(): void {
  known = undefined;
}

async function askStripe(read: Read): Promise<string | undefined> {
  try {
    const id = textOf((await read("/v1/account"))?.id);
    if (id === undefined) forgetOwnAccount();
    return id;
  } catch {
    forgetOwnAccount();
    return undefined;
  }
}
