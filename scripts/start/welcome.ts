/** What `npm start` prints once the stack runs. No I/O. */
import { relative } from "node:path";
import { LOCAL_API_KEY, type StackSettings } from "../../local/settings.ts";
import type { StackUrls } from "../../local/stack-process.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `environment` is what the settings were read from. */
export function welcome(urls: StackUrls, settings: StackSettings, environment: Environment): string {
  const aws = settings.embedsAws ? "" : " (AWS_ENDPOINT_URL)";
  const body = JSON.stringify({ customerEmail: "ada@example.com", customerName: "Ada", amount: 4200 });
  return `
  Console          ${settings.consoleUrl}
  API              ${urls.api}/api
  API reference    ${urls.apiReference}
  API key          ${LOCAL_API_KEY}
  Stripe           ${stripeOf(urls, settings)}
  Mailbox          ${urls.mailbox}${aws}
  Every mail       ${settings.embedsAws ? `${urls.mailbox}/mails` : "in the mailbox of a stack without AWS_ENDPOINT_URL"}
  DynamoDB         ${urls.dynamodb}${aws}
  SQS and SNS      ${urls.sqs}${aws}
  Step Functions   ${urls.stepFunctions}
  Lambda           ${urls.lambda}
  State            ${stateOf(settings)}
${missingForStripe(urls, settings, environment)
  .map((text) => `\n${text}\n`)
  .join("")}
Start the process-payment workflow:

curl -s -X POST ${urls.api}/api/workflows/process-payment/runs -H 'Authorization: Bearer ${LOCAL_API_KEY}' -H "Idempotency-Key: try-$(date +%s)" -H 'Content-Type: application/json' -d '${body}'

Functions, mail templates, languages, contracts, policies and workflows are reloaded when a file changes. A new function or route needs a
restart. Ctrl-C stops everything.
`;
}

function stripeOf(urls: StackUrls, { stripeElsewhere }: StackSettings): string {
  if (stripeElsewhere !== undefined) return `${stripeElsewhere} (STRIPE_API_BASE)`;
  return urls.stripeEmulator === undefined
    ? "test mode, with the key you set"
    : `${urls.stripeEmulator} (emulator)`;
}

function stateOf({ stateFolder }: StackSettings): string {
  if (stateFolder === undefined) return "in memory";
  return `${relative(process.cwd(), stateFolder)} (npm start -- --fresh empties it)`;
}

/** What the stack lacks to work with Stripe's test mode, and how to get it. */
export function missingForStripe(
  urls: Pick<StackUrls, "api">,
  {
    embedsStripe,
    stripeElsewhere,
    functionEnvironment,
  }: Pick<StackSettings, "embedsStripe" | "stripeElsewhere" | "functionEnvironment">,
  environment: Environment,
): string[] {
  if (embedsStripe || stripeElsewhere !== undefined) return [];
  const listen = `stripe listen --latest --forward-to ${urls.api.replace("http://", "")}/api/webhooks/stripe`;
  return [
    ...(functionEnvironment.STRIPE_PUBLISHABLE_KEY === undefined
      ? [
          "STRIPE_PUBLISHABLE_KEY is missing: without it, the pay page cannot show a form. Copy the key that begins with pk_test_ from\nhttps://dashboard.stripe.com/test/apikeys into .env.",
        ]
      : []),
    environment.STRIPE_WEBHOOK_SECRET
      ? `Events arrive while this runs in another terminal:\n\n${listen}`
      : `STRIPE_WEBHOOK_SECRET is missing: until it is set, every event is refused. Stripe cannot reach this machine; its command line\ninterface (https://docs.stripe.com/stripe-cli) forwards the events. Run this in another terminal, copy the secret that it prints\n(whsec_...) into .env as STRIPE_WEBHOOK_SECRET, and start again:\n\n${listen}`,
  ];
}
