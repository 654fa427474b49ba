/** What `npm run keys -- ...` was asked to do. No I/O, no clock: `now` is passed in. */

import { parseArgs } from "node:util";
import { invalidField, Problem } from "../../lib/errors.ts";
import { KEY_ID_PATTERN, keyIdOf } from "../../lib/identity/api-key.ts";
import { present } from "../../lib/present.ts";
import { scrub } from "../../lib/scrub.ts";

export const USAGE = `npm run -s keys -- create --principal <name> --role <role> [--role ...] [--customer cus_...] [--expires 90d|2027-01-01]
npm run -s keys -- list
npm run -s keys -- revoke <keyId>
npm run -s keys -- rotate <keyId> [--grace 24h] [--expires 90d|2027-01-01]
With --stage <stage> on a deployed stage, by the AWS credentials of this shell; without it on the running local stack.`;

export type KeysCommand =
  | {
      readonly action: "create";
      readonly principal: {
        readonly id: string;
        readonly roles: readonly string[];
        readonly customerId?: string;
      };
      readonly expiresAt?: number;
    }
  | { readonly action: "list" }
  | { readonly action: "revoke"; readonly keyId: string }
  | {
      readonly action: "rotate";
      readonly keyId: string;
      readonly graceSeconds: number;
      readonly expiresAt?: number;
    };

const DEFAULT_GRACE = "24h";
const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** The options that each action knows, beside --stage. */
const OPTIONS: Readonly<Record<KeysCommand["action"], readonly string[]>> = {
  create: ["principal", "role", "customer", "expires"],
  list: [],
  revoke: [],
  rotate: ["grace", "expires"],
};

/** The command and its stage (undefined: the local stack). Throws BAD_REQUEST or VALIDATION_FAILED that says what is right. */
export function readCommand(
  words: readonly string[],
  now: Date,
): { readonly command: KeysCommand; readonly stage: string | undefined } {
  const { values, positionals } = parse(words);
  const [name = "", ...rest] = positionals;
  const action = (["create", "list", "revoke", "rotate"] as const).find((known) => known === name);
  if (action === undefined) throw misused(name === "" ? "Say what to do" : `There is no "${scrub(name)}"`);
  const strange = Object.keys(values).find(
    (option) => option !== "stage" && !OPTIONS[action].includes(option),
  );
  if (strange !== undefined) throw misused(`${action} knows no option --${strange}`);
  const takesKey = action === "revoke" || action === "rotate";
  if (rest.length > (takesKey ? 1 : 0)) throw misused(`${action} is given a word too many`);
  const { stage } = values;
  if (stage !== undefined && !/^[A-Za-z0-9-]{1,32}$/.test(stage)) {
    throw invalidField("--stage", "must be the name of a stage, such as prod");
  }
  const end = values.expires === undefined ? {} : { expiresAt: readEnd(values.expires, now) };
  switch (action) {
    case "create":
      return { stage, command: { action, principal: readPrincipal(values), ...end } };
    case "list":
      return { stage, command: { action } };
    case "revoke":
      return { stage, command: { action, keyId: readKeyId(rest[0]) } };
    case "rotate": {
      const graceSeconds = readDuration("--grace", values.grace ?? DEFAULT_GRACE);
      return { stage, command: { action, keyId: readKeyId(rest[0]), graceSeconds, ...end } };
    }
  }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        principal: { type: "string" },
        role: { type: "string", multiple: true },
        customer: { type: "string" },
        expires: { type: "string" },
        grace: { type: "string" },
        stage: { type: "string" },
      },
    });
  } catch (thrown) {
    throw misused(scrub(thrown instanceof Error ? thrown.message : String(thrown)));
  }
}

function readPrincipal(values: { principal?: string; role?: string[]; customer?: string }) {
  if (values.principal === undefined) throw misused("create needs --principal, who the key stands for");
  return {
    id: values.principal,
    roles: [...new Set(values.role)],
    ...present({ customerId: values.customer }),
  };
}

/** A key that is given where its id belongs is not repeated, but its id is told: leaked keys must be quick to revoke. */
function readKeyId(word = ""): string {
  if (KEY_ID_PATTERN.test(word)) return word;
  if (word.startsWith("csk_")) throw misused(`Name the key by its id; that of this key is ${keyIdOf(word)}`);
  throw misused("Name the key by its id, key_ and 16 digits; `list` shows them");
}

/** Unix seconds. */
function readEnd(text: string, now: Date): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // A day that the calendar does not have is read as one of the next month.
  if (!Number.isNaN(day) && new Date(day).toISOString().startsWith(text)) return day / 1000;
  return (
    Math.floor(now.getTime() / 1000) + readDuration("--expires", text, " or a day in UTC, such as 2027-01-01")
  );
}

function readDuration(option: string, text: string, more = ""): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || (unit !== "s" && unit !== "m" && unit !== "h" && unit !== "d")) {
    throw invalidField(option, `must be a time, such as 90d, 24h, 30m or 0s${more}`);
  }
  return Number(count) * SECONDS[unit];
}

function misused(what: string): Problem {
  return new Problem("BAD_REQUEST", `${what}.\n\n${USAGE}`);
}
