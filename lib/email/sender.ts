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

/**
 * The sender as mail programs show it: `Ada's Shop <payments@example.com>`. A header has ASCII only, so every other name is
 * encoded: https://www.rfc-editor.org/rfc/rfc2047
 */
export function sourceOf(address: string, businessName: string | undefined): string {
  const name = businessName?.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").trim() ?? "";
  if (name === "") return address;
  if (/^[ -~]*$/.test(name)) return `"${name.replaceAll(/["\\]/g, "\\$&")}" <${address}>`;
  return `${encodedWords(name)} <${address}>`;
}

/** An encoded word has at most 75 characters, so at most 45 bytes, and never a part of a character. */
const MOST_BYTES = 45;

function encodedWords(name: string): string {
  const words = [""];
  for (const character of name) {
    const longer = (words.at(-1) ?? "") + character;
    if (Buffer.byteLength(longer) <= MOST_BYTES) words[words.length - 1] = longer;
    else words.push(character);
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString("base64")}?=`).join(" ");
}
