/** The import rules of docs/architecture.md. `test/architecture.test.ts` holds the code to them. */

const ADAPTERS = "^lib/(dynamodb|sqs|sns|ses|ssm|step-functions|stripe|stripe-problem)\\.ts$";
const PIPELINE =
  "^lib/(audit|capability|idempotency|policy|sealing|usage|(errors|log|metrics|env|scrub)\\.ts)";

const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

module.exports = {
  forbidden: [
    forbid("no-circles", "Imports go one way.", {}, { circular: true }),
    forbid(
      "transport-is-outermost",
      "Only handlers know the transport; what it calls does not know it.",
      { path: "^lib/", pathNot: "^lib/transport/" },
      { path: "^lib/transport/" },
    ),
    forbid(
      "lambda-in-transport-only",
      "middy and Lambda's event types stay in lib/transport and the functions' handlers.",
      { path: "^lib/", pathNot: "^lib/transport/" },
      { path: "node_modules/(@middy|@types/aws-lambda)/" },
    ),
    forbid(
      "pipeline-knows-no-vendor",
      "The pipeline knows neither Stripe nor SES nor SQS.",
      { path: PIPELINE },
      { path: "^(lib/(stripe|stripe-problem|ses|sns|sqs)\\.ts|node_modules/stripe/)" },
    ),
    forbid(
      "clients-in-adapters-only",
      "One adapter per vendor holds its client.",
      { path: "^(lib|functions)/", pathNot: ADAPTERS },
      { path: "node_modules/(@aws-sdk|stripe)/", dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "functions-stand-alone",
      "A function imports lib and what was generated, never another function.",
      { path: "^functions/([^/]+)/" },
      { path: "^functions/", pathNot: "^functions/$1/" },
    ),
    forbid(
      "deployed-code-knows-no-laptop",
      "What is deployed imports nothing of the local stack, the scripts or the tests.",
      { path: "^(lib|functions)/" },
      { path: "^(local|scripts|test|bench)/" },
    ),
    forbid(
      "lib-below-functions",
      "The kernel knows no capability and nothing generated from one.",
      { path: "^lib/" },
      { path: "^(functions|generated)/" },
    ),
    forbid(
      "emulator-is-driven-over-http",
      "The Stripe emulator shares no code with what talks to it.",
      { path: "^local/stripe/" },
      { path: "^(lib|functions|generated|local/(?!stripe/))" },
    ),
    forbid(
      "build-tools-stay-out-of-lambdas",
      "YAML, ajv and the like work at build time; functions import what was generated.",
      { path: "^functions/" },
      { path: "node_modules/(yaml|ajv|ajv-formats|json-schema-to-typescript|esbuild)/", reachable: true },
    ),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".js"] },
  },
};
