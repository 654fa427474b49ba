/** The commands of `npm run keys`. No I/O, no clock. */
import { invalidField } from "../../lib/errors.ts";
import { KEY_ID_PATTERN, keyIdOf } from "../../lib/identity/api-key.ts";
import { present } from "../../lib/present.ts";
import type { Action, Command } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { durationSeconds, utcDay } from "../command-line/values.ts";

export type KeysAsked =
  | {
      readonly action: "create";
      readonly principal: {
        readonly id: string;
        readonly roles: readonly string[];
        readonly customerId?: string;
      };
      /** Unix seconds. */
      readonly expiresAt?: number;
    }
  | { readonly action: "list" }
  | { readonly action: "revoke"; readonly keyId: string }
  | {
      readonly action: "rotate";
      readonly keyId: string;
      readonly graceSeconds: number;
      /** Unix seconds. */
      readonly expiresAt?: number;
    };

const DEFAULT_GRACE = "24h";
const EXPIRES = {
  expires: {
    value: "<time>",
    about: "when it expires: after 90d, 24h or 30m, or on a day in UTC, such as 2027-01-01; by default never",
  },
};
const KEY = { name: "key id", about: "key_ and 16 digits; `list` shows ids" };

const create: Action<KeysAsked> = {
  name: "create",
  summary: "Creates a key and prints it once, on standard output only",
  options: {
    principal: { value: "<name>", about: "the application or person that uses the key" },
    role: { value: "<role>", about: "a role of policies/, which decides what the key can do", repeats: true },
    customer: { value: "<cus_...>", about: "the only Stripe customer that the key can act for" },
    ...EXPIRES,
  },
  read: (given, { now }) => {
    const id = given.text("principal");
    if (id === undefined)
      throw misused("create needs --principal, the name of the application or person that uses the key");
    return {
      action: "create",
      principal: {
        id,
        roles: [...new Set(given.texts("role"))],
        ...present({ customerId: given.text("customer") }),
      },
      ...present({ expiresAt: readEnd(given.text("expires"), now) }),
    };
  },
};

const list: Action<KeysAsked> = {
  name: "list",
  summary: "Lists every key, without its secret",
  read: () => ({ action: "list" }),
};

const revoke: Action<KeysAsked> = {
  name: "revoke",
  summary: "Revokes a key immediately",
  positionals: [KEY],
  read: ({ positionals: [keyId] }) => ({ action: "revoke", keyId: readKeyId(keyId) }),
};

const rotate: Action<KeysAsked> = {
  name: "rotate",
  summary: "Replaces a key with a new one for the same principal, and prints the new one once",
  positionals: [KEY],
  options: {
    grace: {
      value: "<time>",
      about: `how long the old key still works: 24h, 30m or 0s; by default ${DEFAULT_GRACE}`,
    },
    ...EXPIRES,
  },
  read: (given, { now }) => {
    const keyId = readKeyId(given.positionals[0]);
    const graceSeconds = durationSeconds(given.text("grace") ?? DEFAULT_GRACE);
    if (graceSeconds === undefined)
      throw invalidField("--grace", "must be a time, such as 90d, 24h, 30m or 0s");
    return {
      action: "rotate",
      keyId,
      graceSeconds,
      ...present({ expiresAt: readEnd(given.text("expires"), now) }),
    };
  },
};

export const keysCommand: Command<KeysAsked> = {
  invocation: "npm run -s keys --",
  summary: "Creates, lists, rotates and revokes API keys",
  actions: [create, list, revoke, rotate],
  takesTarget: true,
};

/**
 * When the caller gives a key instead of its id, shows its id but not the key: a leaked key must be quick to revoke.
 */
function readKeyId(word = ""): string {
  if (KEY_ID_PATTERN.test(word)) return word;
  if (word.startsWith("csk_")) throw misused(`Name the key by its id; this key has the id ${keyIdOf(word)}`);
  throw misused("Name the key by its id, key_ and 16 digits; `list` shows ids");
}

/** Unix seconds. */
function readEnd(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  const day = utcDay(text);
  if (day !== undefined) return day.getTime() / 1000;
  const duration = durationSeconds(text);
  if (duration !== undefined) return Math.floor(now.getTime() / 1000) + duration;
  throw invalidField(
    "--expires",
    "must be a time, such as 90d, 24h or 30m, or a day in UTC, such as 2027-01-01",
  );
}
