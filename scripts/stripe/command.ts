/** The commands of `npm run stripe`. No I/O. */
import { invalidField } from "../../lib/errors.ts";
import type { Action, Command } from "../command-line/command.ts";

/** The path at which the API receives Stripe's events. */
export const WEBHOOK_PATH = "/api/webhooks/stripe";

export interface StripeAsked {
  readonly action: "create" | "check";
  /** By default, the only endpoint at Stripe whose address ends with WEBHOOK_PATH. */
  readonly url: string | undefined;
}

export const stripeCommand: Command<StripeAsked> = {
  invocation: "npm run -s stripe --",
  summary: "Configures and checks the webhook endpoint at Stripe",
  actions: [
    webhookAction(
      "create",
      "Creates the webhook endpoint and prints its signing secret once, on standard output only; fixes an existing endpoint",
    ),
    webhookAction("check", "Checks whether the webhook endpoint is configured correctly"),
  ],
  takesTarget: true,
  notes: ["Uses the Stripe key of the local stack, or of the stage. docs/deploy.md explains it."],
};

function webhookAction(action: StripeAsked["action"], summary: string): Action<StripeAsked> {
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
