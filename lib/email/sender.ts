/** Who sends the mails and shows the pages, as payers know the business. */
import { optionalEnv } from "../env.ts";

export interface Sender {
  readonly businessName: string | undefined;
  /** The address for questions. */
  readonly supportEmail: string | undefined;
}

/** From BUSINESS_NAME and SUPPORT_EMAIL; what is not set is not shown. */
export function readSender(): Sender {
  return { businessName: optionalEnv("BUSINESS_NAME"), supportEmail: optionalEnv("SUPPORT_EMAIL") };
}
