/** `npm run test:aws-endpoint`: what a server that speaks AWS's API can and cannot do, and the end-to-end suite on it. */
import { runMain } from "./command-line/run-command.ts";
import { testAwsEndpointCommand } from "./test-aws-endpoint/command.ts";
import { runTestAwsEndpoint } from "./test-aws-endpoint/run.ts";

await runMain(testAwsEndpointCommand, runTestAwsEndpoint);
