/** The address of the pay page for something that its payer has to do, such as a payment or a card to be saved. */
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { createPayToken, PAY_LINK_TTL_SECONDS, type PayLink } from "./pay-token.ts";

/** `returnUrl`: see return-url.ts. The address works for seven days. */
export async function payUrl(
  { objectId, returnUrl }: Omit<PayLink, "expiresAt">,
  { now }: Pick<TimeLimit, "now">,
): Promise<string> {
  const expiresAt = Math.floor(now().getTime() / 1000) + PAY_LINK_TTL_SECONDS;
  const link = returnUrl === undefined ? { objectId, expiresAt } : { objectId, expiresAt, returnUrl };
  return payAddress(env("PUBLIC_URL"), createPayToken(link, await appSecrets()));
}

/** The address of the page with this token; `publicUrl` with or without a slash at its end. */
export function payAddress(publicUrl: string, token: string): string {
  return `${publicUrl.replace(/\/+$/, "")}/pay/${token}`;
}
