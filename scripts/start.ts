/** `npm start`: the local stack, until Ctrl-C. */
import { LocalStackError } from "../local/ports.ts";
import { LOCAL_API_KEY } from "../local/settings.ts";
import { isWorthShowing } from "../local/stack-output.ts";
import { type RunningStack, startStack } from "../local/stack-process.ts";

let stack: RunningStack | undefined;
// The terminal sends Ctrl-C to the stack's process as well; this one waits for it, and passes on a plain kill.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stack?.stop());

try {
  console.log("Starting the local stack ...");
  stack = await startStack({
    onLine: (line) => {
      if (isWorthShowing(line)) console.log(line);
    },
  });
  console.log(welcome(stack));
  process.exitCode = await stack.ended;
} catch (error) {
  console.error(error instanceof LocalStackError ? error.message : error);
  process.exitCode = 1;
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

A function's code is read again when its file changes. Ctrl-C ends everything.
`;
}
