/** How the business looks in its mails, and how payers reach it. */
import { optionalEnv } from "../env.ts";
import { present } from "../present.ts";
import { readSender, type Sender } from "./sender.ts";

export interface Brand extends Sender {
  /** `#rrggbb` */
  readonly color: string;
  /** The address of a picture. */
  readonly logoUrl: string | undefined;
  /** In one line. */
  readonly postalAddress: string | undefined;
}

/** `0a5bd3`; also `#0a5bd3`, as in CSS. In a file of settings, # begins a comment. */
export const COLOR = /^#?[0-9a-f]{6}$/i;
const DEFAULT_COLOR = "#1f2a44";
const BLACK = "#101216";
const WHITE = "#ffffff";

/** From the settings BUSINESS_* and SUPPORT_EMAIL; what is not set is not shown. */
export function readBrand(): Brand {
  const color = optionalEnv("BUSINESS_COLOR");
  return {
    ...readSender(),
    color: color !== undefined && COLOR.test(color) ? `#${color.replace("#", "")}` : DEFAULT_COLOR,
    logoUrl: optionalEnv("BUSINESS_LOGO_URL"),
    postalAddress: optionalEnv("BUSINESS_ADDRESS"),
  };
}

/** What the layout shows in its tags `brand.*`. `questions` is the sentence with the address for questions. */
export function brandView(
  brand: Brand,
  {
    questions,
    locale,
    subject,
  }: { readonly questions: string; readonly locale: string; readonly subject: string },
) {
  const { businessName: name, supportEmail, logoUrl, postalAddress, color } = brand;
  const [before = "", after = ""] = questions.split("{{supportEmail}}");
  return {
    locale,
    subject,
    color,
    ink: inkOn(color),
    isSigned: [name, supportEmail, postalAddress].some((shown) => shown !== undefined),
    ...present({ name, logoUrl, address: postalAddress }),
    ...(supportEmail === undefined ? {} : { questions: { before, address: supportEmail, after } }),
  };
}

/** The tags of `brandView`, for the check of the layout. */
export const BRAND_TAGS = [
  "brand.locale",
  "brand.subject",
  "brand.color",
  "brand.ink",
  "brand.isSigned",
  "brand.name",
  "brand.logoUrl",
  "brand.address",
  "brand.questions",
  "brand.questions.before",
  "brand.questions.address",
  "brand.questions.after",
] as const;

/**
 * Black or white, whichever has the higher contrast on the colour. https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
 */
export function inkOn(color: string): string {
  const luminance = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + part * ([0.2126, 0.7152, 0.0722][i] ?? 0), 0);
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? WHITE : BLACK;
}
