/**
 * What the card form says in other languages than English, as Stripe.js does: its labels, by the id of the field, and messages, by the
 * code of the error.
 */
const TRANSLATIONS = {
  de: {
    number: "Kartennummer",
    expiry: "Ablaufdatum",
    expiryFormat: "MM / JJ",
    cvc: "Prüfnummer",
    note: "Testmodus: Ersatz für Stripe. Es wird keine Karte belastet; versuchen Sie 4242 4242 4242 4242.",
    incomplete_number: "Ihre Kartennummer ist unvollständig.",
    invalid_number: "Ihre Kartennummer ist ungültig.",
    incomplete_expiry: "Das Ablaufdatum Ihrer Karte ist unvollständig.",
    invalid_expiry_month: "Das Ablaufdatum Ihrer Karte ist ungültig.",
    invalid_expiry_year_past: "Das Ablaufdatum Ihrer Karte liegt in der Vergangenheit.",
    incomplete_cvc: "Die Prüfnummer Ihrer Karte ist unvollständig.",
    card_declined: "Ihre Karte wurde abgelehnt.",
    insufficient_funds: "Ihre Karte hat nicht genügend Guthaben.",
    expired_card: "Ihre Karte ist abgelaufen.",
    incorrect_cvc: "Die Prüfnummer Ihrer Karte ist falsch.",
    processing_error:
      "Bei der Verarbeitung Ihrer Karte ist ein Fehler aufgetreten. Versuchen Sie es in Kürze noch einmal.",
    authentication_failure:
      "Wir konnten Ihre Zahlungsmethode nicht authentifizieren. Wählen Sie eine andere und versuchen Sie es noch einmal.",
  },
  fr: {
    number: "Numéro de carte",
    expiry: "Date d'expiration",
    expiryFormat: "MM / AA",
    cvc: "Code de sécurité",
    note: "Mode test : remplaçant de Stripe. Aucune carte n'est débitée ; essayez 4242 4242 4242 4242.",
    incomplete_number: "Votre numéro de carte est incomplet.",
    invalid_number: "Votre numéro de carte n'est pas valide.",
    incomplete_expiry: "La date d'expiration de votre carte est incomplète.",
    invalid_expiry_month: "La date d'expiration de votre carte n'est pas valide.",
    invalid_expiry_year_past: "La date d'expiration de votre carte est passée.",
    incomplete_cvc: "Le code de sécurité de votre carte est incomplet.",
    card_declined: "Votre carte a été refusée.",
    insufficient_funds: "Les fonds de votre carte sont insuffisants.",
    expired_card: "Votre carte a expiré.",
    incorrect_cvc: "Le code de sécurité de votre carte est incorrect.",
    processing_error: "Une erreur est survenue lors du traitement de votre carte. Réessayez dans un instant.",
    authentication_failure:
      "Nous n'avons pas pu authentifier votre moyen de paiement. Choisissez-en un autre et réessayez.",
  },
  es: {
    number: "Número de tarjeta",
    expiry: "Fecha de caducidad",
    expiryFormat: "MM / AA",
    cvc: "Código de seguridad",
    note: "Modo de prueba: sustituto de Stripe. No se cobra a ninguna tarjeta; prueba con 4242 4242 4242 4242.",
    incomplete_number: "El número de tu tarjeta está incompleto.",
    invalid_number: "El número de tu tarjeta no es válido.",
    incomplete_expiry: "La fecha de caducidad de tu tarjeta está incompleta.",
    invalid_expiry_month: "La fecha de caducidad de tu tarjeta no es válida.",
    invalid_expiry_year_past: "La fecha de caducidad de tu tarjeta ya ha pasado.",
    incomplete_cvc: "El código de seguridad de tu tarjeta está incompleto.",
    card_declined: "Tu tarjeta ha sido rechazada.",
    insufficient_funds: "Tu tarjeta no tiene fondos suficientes.",
    expired_card: "Tu tarjeta ha caducado.",
    incorrect_cvc: "El código de seguridad de tu tarjeta es incorrecto.",
    processing_error:
      "Se ha producido un error al procesar tu tarjeta. Vuelve a intentarlo dentro de un momento.",
    authentication_failure: "No hemos podido autenticar tu forma de pago. Elige otra y vuelve a intentarlo.",
  },
  pt: {
    number: "Número do cartão",
    expiry: "Data de validade",
    expiryFormat: "MM / AA",
    cvc: "Código de segurança",
    note: "Modo de teste: substituto da Stripe. Nenhum cartão é cobrado; experimente 4242 4242 4242 4242.",
    incomplete_number: "O número do cartão está incompleto.",
    invalid_number: "O número do cartão é inválido.",
    incomplete_expiry: "A data de validade do cartão está incompleta.",
    invalid_expiry_month: "A data de validade do cartão é inválida.",
    invalid_expiry_year_past: "A data de validade do cartão já passou.",
    incomplete_cvc: "O código de segurança do cartão está incompleto.",
    card_declined: "Seu cartão foi recusado.",
    insufficient_funds: "Seu cartão não tem saldo suficiente.",
    expired_card: "Seu cartão expirou.",
    incorrect_cvc: "O código de segurança do cartão está incorreto.",
    processing_error: "Ocorreu um erro ao processar seu cartão. Tente novamente em instantes.",
    authentication_failure:
      "Não foi possível autenticar sua forma de pagamento. Escolha outra e tente novamente.",
  },
  nl: {
    number: "Kaartnummer",
    expiry: "Vervaldatum",
    expiryFormat: "MM / JJ",
    cvc: "Beveiligingscode",
    note: "Testmodus: vervanger van Stripe. Er wordt niets afgeschreven; probeer 4242 4242 4242 4242.",
    incomplete_number: "Je kaartnummer is onvolledig.",
    invalid_number: "Je kaartnummer is ongeldig.",
    incomplete_expiry: "De vervaldatum van je kaart is onvolledig.",
    invalid_expiry_month: "De vervaldatum van je kaart is ongeldig.",
    invalid_expiry_year_past: "De vervaldatum van je kaart ligt in het verleden.",
    incomplete_cvc: "De beveiligingscode van je kaart is onvolledig.",
    card_declined: "Je kaart is geweigerd.",
    insufficient_funds: "Je kaart heeft onvoldoende saldo.",
    expired_card: "Je kaart is verlopen.",
    incorrect_cvc: "De beveiligingscode van je kaart is onjuist.",
    processing_error: "Er is een fout opgetreden bij het verwerken van je kaart. Probeer het zo nog eens.",
    authentication_failure:
      "We konden je betaalmethode niet verifiëren. Kies een andere en probeer het opnieuw.",
  },
  it: {
    number: "Numero di carta",
    expiry: "Data di scadenza",
    expiryFormat: "MM / AA",
    cvc: "Codice di sicurezza",
    note: "Modalità di prova: sostituto di Stripe. Nessun addebito; prova 4242 4242 4242 4242.",
    incomplete_number: "Il numero della carta è incompleto.",
    invalid_number: "Il numero della carta non è valido.",
    incomplete_expiry: "La data di scadenza della carta è incompleta.",
    invalid_expiry_month: "La data di scadenza della carta non è valida.",
    invalid_expiry_year_past: "La data di scadenza della carta è passata.",
    incomplete_cvc: "Il codice di sicurezza della carta è incompleto.",
    card_declined: "La tua carta è stata rifiutata.",
    insufficient_funds: "La tua carta non dispone di fondi sufficienti.",
    expired_card: "La tua carta è scaduta.",
    incorrect_cvc: "Il codice di sicurezza della carta non è corretto.",
    processing_error: "Si è verificato un errore durante l'elaborazione della carta. Riprova tra poco.",
    authentication_failure:
      "Non è stato possibile autenticare il tuo metodo di pagamento. Scegline un altro e riprova.",
  },
  ja: {
    number: "カード番号",
    expiry: "有効期限",
    expiryFormat: "MM / YY",
    cvc: "セキュリティコード",
    note: "テストモード：Stripeの代替です。カードへの請求はありません。4242 4242 4242 4242をお試しください。",
    incomplete_number: "カード番号が不完全です。",
    invalid_number: "カード番号が無効です。",
    incomplete_expiry: "カードの有効期限が不完全です。",
    invalid_expiry_month: "カードの有効期限が無効です。",
    invalid_expiry_year_past: "カードの有効期限が切れています。",
    incomplete_cvc: "カードのセキュリティコードが不完全です。",
    card_declined: "カードの支払いが拒否されました。",
    insufficient_funds: "カードの残高が不足しています。",
    expired_card: "カードの有効期限が切れています。",
    incorrect_cvc: "カードのセキュリティコードが正しくありません。",
    processing_error: "カードの処理中にエラーが発生しました。しばらくしてからもう一度お試しください。",
    authentication_failure:
      "お支払い方法を認証できませんでした。別のお支払い方法を選んで、もう一度お試しください。",
  },
};

/** The translations for a locale such as `pt-BR`; undefined for English, and for a language without translations. */
export function translationsFor(locale = "auto", browserLanguages = []) {
  const wanted = locale === "auto" ? browserLanguages : [locale];
  const language = wanted
    .map((tag) => tag.split("-")[0])
    .find((tag) => tag === "en" || Object.hasOwn(TRANSLATIONS, tag));
  return language === undefined || language === "en"
    ? undefined
    : { language, texts: TRANSLATIONS[language] };
}

/** The error with its message in the language of `locale`. The error of an intent is as Stripe's API returns it: in English. */
export function translated(error, locale, browserLanguages) {
  const { texts } = translationsFor(locale, browserLanguages) ?? {};
  if (!texts || !error) return error;
  const codes = [error.decline_code, String(error.code).replace(/^(payment|setup)_intent_/, "")];
  const message = codes
    .map((code) => (Object.hasOwn(texts, code ?? "") ? texts[code] : undefined))
    .find(Boolean);
  return message === undefined ? error : { ...error, message };
}
