/** What `npm run stripe -- ...` was asked to do. No I/O. */
import { parseArgs } from "node:util";
import { invalidField, Problem } from "../../lib/errors.ts";
import { scrub } from "../../lib/scrub.ts";

/** Where the API takes Stripe's events. */
export const WEBHOOK_PATH = "/api/webhooks/stripe";

export const USAGE = `npm run -s stripe -- webhook create [--url https://<api>${WEBHOOK_PATH}] [--stage <stage>]
npm run -s stripe -- webhook check [--url https://<api>${WEBHOOK_PATH}] [--stage <stage>]
With --stage <stage> with the Stripe key of a deployed stage, by the AWS credentials of this shell; without it with that
of the local stack.`;

export interface StripeCommand {
  readonly action: "create" | "check";
  /** Left out: the only endpoint at Stripe whose address ends with WEBHOOK_PATH. */
  readonly url: string | undefined;
  /** Left out: the local stack. */
  readonly stage: string | undefined;
}

/** Throws BAD_REQUEST or VALIDATION_FAILED that says what is right. */
export function readCommand(words: readonly string[]): StripeCommand {
  const { values, positionals } = parse(words);
  const [subject, name = "", ...rest] = positionals;
  if (subject !== "webhook") throw misused("Say what to do");
  const action = (["create", "check"] as const).find((known) => known === name);
  if (action === undefined) throw misused(`There is no "webhook ${scrub(name)}"`);
  if (rest.length > 0) throw misused(`webhook ${action} is given a word too many`);
  const { stage, url } = values;
  if (stage !== undefined && !/^[A-Za-z0-9-]{1,32}$/.test(stage)) {
    throw invalidField("--stage", "must be the name of a stage, such as prod");
  }
  if (url !== undefined && !isAddress(url, stage)) {
    const scheme = stage === undefined ? "http or https" : "https";
    throw invalidField(
      "--url",
      `must be the ${scheme} address of the API's webhook, ending with ${WEBHOOK_PATH}`,
    );
  }
  return { action, url, stage };
}

function isAddress(text: string, stage: string | undefined): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash } = new URL(text);
  const isSafe = protocol === "https:" || (protocol === "http:" && stage === undefined);
  return isSafe && pathname.endsWith(WEBHOOK_PATH) && search === "" && hash === "";
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { url: { type: "string" }, stage: { type: "string" } },
    });
  } catch (thrown) {
    throw misused(scrub(thrown instanceof Error ? thrown.message : String(thrown)));
  }
}

function misused(what: string): Problem {
  return new Problem("BAD_REQUEST", `${what}.\n\n${USAGE}`);
}
