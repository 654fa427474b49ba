/** The texts of the mails in one language: the section `mails` of languages/*.yml. */

/** Those that code fills. */
type SharedTexts = Readonly<
  Record<
    | "card"
    | "perDay"
    | "perWeek"
    | "perMonth"
    | "perYear"
    | "everyDays"
    | "everyWeeks"
    | "everyMonths"
    | "everyYears",
    string
  >
>;

/** By template; `shared` has those of several mails. */
export type MailTexts = {
  readonly shared: SharedTexts;
  readonly "payment-failed": { readonly linkEnded: string };
  readonly "payment-failed-admin": { readonly noCode: string };
} & Readonly<Record<string, Readonly<Record<string, string>>>>;
