/** The language in which Stripe.js shows its form and its messages. Pure. */

/** Source: https://docs.stripe.com/js/appendix/supported_locales */
const SUPPORTED: readonly string[] =
  "ar bg cs da de el en en-GB es es-419 et fi fil fr fr-CA he hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW".split(
    " ",
  );

/**
 * The payer's own locale, the language of the country where most people speak it (`pt` is Brazil's), or the language. `auto`,
 * which is what the browser asks for, if Stripe.js has none of them.
 */
export function stripeLocale(language: string, locale: string): string {
  const { region } = new Intl.Locale(language).maximize();
  const candidates = [locale, `${language}-${region}`, language];
  return candidates.find((candidate) => SUPPORTED.includes(candidate)) ?? "auto";
}
