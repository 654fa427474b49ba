/** The types of card-fields.js, which is JavaScript because browsers load it without a build step. */

interface Brand {
  name: string;
  lengths: number[];
  groups: number[];
}

interface Problem {
  code: string;
  message: string;
}

export function brandOf(digits: string): Brand;
export function spacedNumber(text: string): string;
export function spacedExpiry(text: string, deleting: boolean | undefined): string;
export function expiryOf(text: string): { month: number; year: number } | undefined;
export function problemsOf(
  fields: { number: string; expiry: string; cvc: string },
  now?: Date,
): { number?: Problem; expiry?: Problem; cvc?: Problem };
