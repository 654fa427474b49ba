/** `npm start`: the local stack, until Ctrl-C. */
import { LocalStackError } from "../local/ports.ts";
import { LOCAL_API_KEY } from "../local/settings.ts";
import { isWorthShowing } from "../local/stack-output.ts";
import { type RunningStack, startStack } from "../local/stack-process.ts";
import type { Verdict } from "./command-line/command.ts";
import { runMain } from "./command-line/run-command.ts";
import { startCommand } from "./start/command.ts";

async function runStart(): Promise<Verdict> {
  let stack: RunningStack | undefined;
  let isStopping = false;
  // The terminal sends Ctrl-C to the stack's process, too. This process waits for it, and stops it after a plain kill.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      isStopping = true;
      void stack?.stop();
    });
  }
  console.log("Starting the local stack ...");
  try {
    stack = await startStack({
      onLine: (line) => {
        if (isWorthShowing(line)) console.log(line);
      },
    });
    console.log(welcome(stack));
    const code = await stack.ended;
    if (code !== 0) throw new LocalStackError(`The local stack ended with exit status ${code}`);
  } catch (thrown) {
    if (!isStopping) throw thrown;
  }
  return "nothing wrong";
}

function welcome({ urls, settings }: RunningStack): string {
  const aws = settings.embedsAws ? "" : " (AWS_ENDPOINT_URL)";
  const body = JSON.stringify({ customerEmail: "ada@example.com", customerName: "Ada", amount: 4200 });
  return `
  API              ${urls.api}/api
  API key          ${LOCAL_API_KEY}
  Stripe           ${urls.stripeEmulator === undefined ? "test mode, with the key you set" : `${urls.stripeEmulator} (emulator)`}
  Mailbox          ${urls.mailbox}${aws}
  DynamoDB         ${urls.dynamodb}${aws}
  SQS and SNS      ${urls.sqs}${aws}
  Step Functions   ${urls.stepFunctions}
  Lambda           ${urls.lambda}

Start the process-payment workflow:

curl -s -X POST ${urls.api}/api/workflows/process-payment/runs -H 'Authorization: Bearer ${LOCAL_API_KEY}' -H "Idempotency-Key: try-$(date +%s)" -H 'Content-Type: application/json' -d '${body}'

A function is reloaded when its file changes. Ctrl-C stops everything.
`;
}

await runMain(startCommand, runStart);
