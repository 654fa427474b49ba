/** The commands of `npm run stripe`. No I/O. */
import { invalidField } from "../../lib/errors.ts";
import type { Action, Command } from "../command-line/command.ts";
import { numberIn } from "../command-line/values.ts";

/** The path at which the API receives Stripe's events. */
export const WEBHOOK_PATH = "/api/webhooks/stripe";

export interface WebhookAsked {
  readonly action: "create" | "check" | "upgrade" | "retire";
  /** By default, the only endpoint at Stripe whose address ends with WEBHOOK_PATH. */
  readonly url: string | undefined;
}

export interface AccountAsked {
  readonly action: "account check";
  /** How many ids to compare. */
  readonly limit: number;
  readonly forget: boolean;
}

export type StripeAsked = WebhookAsked | AccountAsked;

const COMPARED = 1_000;

const accountCheck: Action<StripeAsked> = {
  name: "account check",
  summary: "Lists the stored ids that belong to another account or mode than the Stripe key",
  options: {
    limit: { value: "<n>", about: `the largest number of ids to compare, by default ${COMPARED}` },
    forget: { about: "deletes those mappings and records, and ends those reminders" },
  },
  read: (given) => ({
    action: "account check",
    limit: numberIn("--limit", given.text("limit") ?? String(COMPARED), { least: 1, most: 9_999_999 }),
    forget: given.flag("forget"),
  }),
};

export const stripeCommand: Command<StripeAsked> = {
  invocation: "npm run -s stripe --",
  summary: "Configures and checks the webhook endpoint at Stripe, and finds what belongs to another account",
  actions: [
    webhookAction(
      "create",
      "Creates the webhook endpoint and prints its signing secret once, on standard output only; fixes an existing endpoint",
    ),
    webhookAction("check", "Checks whether the webhook endpoint is configured correctly"),
    webhookAction(
      "upgrade",
      "Creates a second endpoint at the same address in this version's API version, and prints its signing secret once",
    ),
    webhookAction(
      "retire",
      "Deletes the endpoint in another API version, when the one that upgrade has created delivers everything",
    ),
    accountCheck,
  ],
  takesTarget: true,
  notes: [
    "Uses the Stripe key of the local stack, or of the stage. docs/deploy.md explains it, and docs/repair.md what to do after a change of account.",
  ],
};

function webhookAction(action: WebhookAsked["action"], summary: string): Action<StripeAsked> {
  return {
    name: `webhook ${action}`,
    summary,
    options: {
      url: {
        value: `<https://...${WEBHOOK_PATH}>`,
        about:
          "the address of the API's webhook; by default the local stack's, or on a stage the only one at Stripe",
      },
    },
    read: (given, { target }) => ({ action, url: readAddress(given.text("url"), target.stage) }),
  };
}

function readAddress(text: string | undefined, stage: string | undefined): string | undefined {
  if (text === undefined || isAddress(text, stage)) return text;
  const scheme = stage === undefined ? "http or https" : "https";
  throw invalidField(
    "--url",
    `must be the ${scheme} address of the API's webhook, ending with ${WEBHOOK_PATH}`,
  );
}

function isAddress(text: string, stage: string | undefined): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash } = new URL(text);
  const isSafe = protocol === "https:" || (protocol === "http:" && stage === undefined);
  return isSafe && pathname.endsWith(WEBHOOK_PATH) && search === "" && hash === "";
}
