/**
 * Canaries: secrets and personal data that occur nowhere else, and the search for them in everything that was written.
 * Secrets that are made while the test runs (keys, tokens, client secrets) are added when they are known. Pure.
 */

/** The kinds of canaries. Each place can contain only some of them: see `mayHold` below. */
export type Kind = "personal" | "card" | "client secret" | "pay token" | "key" | "token";

export interface Canary {
  readonly what: string;
  readonly kind: Kind;
  /** The canary as it is sent; `pattern` must find every example. */
  readonly examples: readonly string[];
  readonly pattern: RegExp;
}

export const PERSON = {
  name: "Wilhelmina Featherstone",
  email: "bird.watcher@canary-post.example",
  phone: "+1 (415) 555-0132",
  address: "12 Foxglove Terrace, Rookhope DL13",
  note: "saffron heron at dusk",
} as const;

export const CARD_SPELLINGS = [
  "4242424242424242",
  "4242 4242 4242 4242",
  "4242-4242-4242-4242",
  "4242.4242.4242.4242",
  "4242\u00a04242\u00a04242\u00a04242",
  "４２４２４２４２４２４２４２４２",
  "4242/4242/4242/4242",
  "4242 | 4242 | 4242 | 4242",
  "4242x4242x4242x4242",
  "৪২৪২ ৪২৪২ ৪২৪২ ৪২৪২",
  "deadbeef4242424242424242",
  "378282246310005",
] as const;

export const OUR_SECRETS = {
  appSecret: "kestrel-quartz-app-secret-2f81c6",
  webhookSecret: "whsec_kestrelquartz2f81c6",
  /** The only key with which the local stack uses its emulator. */
  stripeKey: "sk_test_local",
} as const;

const literal = (text: string) =>
  new RegExp(text.replaceAll(/[^\w\s]/g, "\\$&").replaceAll(/\s+/g, "\\s+"), "i");

/** A canary that is an exact text. */
export const exactly = (what: string, kind: Kind, text: string): Canary => ({
  what,
  kind,
  examples: [text],
  pattern: literal(text),
});

export const KNOWN_CANARIES: readonly Canary[] = [
  { what: "the name", kind: "personal", examples: [PERSON.name], pattern: /wilhelmina|featherstone/i },
  {
    what: "the email address",
    kind: "personal",
    examples: [PERSON.email],
    pattern: /bird\.watcher|canary-post/i,
  },
  {
    what: "the phone number",
    kind: "personal",
    examples: [PERSON.phone],
    pattern: /415\D{0,3}555\D{0,3}0132/,
  },
  { what: "the postal address", kind: "personal", examples: [PERSON.address], pattern: /foxglove|rookhope/i },
  { what: "a metadata value", kind: "personal", examples: [PERSON.note], pattern: /saffron\W+heron/i },
  {
    what: "a card number",
    kind: "card",
    examples: CARD_SPELLINGS,
    pattern: /4242(?:\W{0,3}|x)4242(?:\W{0,3}|x)4242|৪২৪২.{0,3}৪২৪২|3782\W{0,3}822463\W{0,3}10005/,
  },
  {
    what: "a client secret",
    kind: "client secret",
    examples: ["pi_3Mtw_secret_YrKJUKribcBjcG8HVhfZluoGH"],
    pattern: /[a-z]+_\w+_secret_\w{8,}/i,
  },
  {
    what: "a pay link's token",
    kind: "pay token",
    examples: [`pi_3Mtw.tpa9c0.${"k".repeat(43)}`],
    pattern: /pi_\w+\.[0-9a-z]{1,10}\.[\w-]{43}/,
  },
  exactly("APP_SECRET", "key", OUR_SECRETS.appSecret),
  exactly("Stripe's secret key", "key", OUR_SECRETS.stripeKey),
  { what: "a webhook secret", kind: "key", examples: [OUR_SECRETS.webhookSecret], pattern: /whsec_\w/ },
  { what: "an API key", kind: "key", examples: [`csk_${"k".repeat(43)}`], pattern: /csk_[\w-]{20,}/ },
];

/** One text that was written somewhere. */
export interface Written {
  /** The name of the place in a finding: `table customers`, `log`. */
  readonly source: string;
  readonly text: string;
  /** Kinds that belong there; each place that has some says why. */
  readonly mayHold?: readonly Kind[];
}

/** Every canary that is in a place where it must not be, once for each source, with the text around it. */
export function leaksIn(written: readonly Written[], canaries: readonly Canary[]): string[] {
  const findings = new Map<string, string>();
  for (const { source, text, mayHold = [] } of written) {
    const readings = readingsOf(text);
    for (const { what, pattern } of canaries.filter(({ kind }) => !mayHold.includes(kind))) {
      const found = readings
        .map((reading) => excerptOf(reading, pattern))
        .find((excerpt) => excerpt !== undefined);
      if (found !== undefined) findings.set(`${source} contains ${what}`, found);
    }
  }
  return [...findings].map(([finding, excerpt]) => `${finding}: ${excerpt}`);
}

function excerptOf(text: string, pattern: RegExp): string | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  return `...${text.slice(Math.max(0, match.index - 80), match.index + match[0].length + 40)}...`;
}

/**
 * The text itself, and the text without the escapes of JSON and of URLs. Digits of every script become ASCII digits.
 */
function readingsOf(text: string): string[] {
  const unescaped = text.replaceAll(/\\u([0-9a-f]{4})/gi, (_escape, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  const plain = text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) => decoded(bytes)).replaceAll("+", " ");
  return [...new Set([text, unescaped, plain])].map((reading) => reading.normalize("NFKC"));
}

function decoded(bytes: string): string {
  try {
    return decodeURIComponent(bytes);
  } catch {
    return bytes;
  }
}
