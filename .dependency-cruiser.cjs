/**
 * The import rules of docs/architecture.md. `test/architecture.test.ts` holds the code to them, and to one more that this
 * tool cannot say as we need it: no folder of lib/ may depend on itself by way of another folder.
 */

/** The pipeline and everything it stands on. It runs capabilities without knowing what they talk to. */
const PIPELINE = "^lib/(audit|capability|contract|idempotency|lease|policy|sealing|usage)/|^lib/[^/]+\\.ts$";
const VENDOR_CLIENTS = "node_modules/(@aws-sdk|stripe)/";
const BUILD_TOOLS = "node_modules/(yaml|ajv|ajv-formats|json-schema-to-typescript|esbuild)/";

const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

module.exports = {
  forbidden: [
    forbid("no-circles", "Imports go one way.", {}, { circular: true }),
    forbid(
      "root-files-below-folders",
      "What stands directly in lib/ is what every folder builds on, so it imports none of them.",
      { path: "^lib/[^/]+\\.ts$" },
      { path: "^lib/[^/]+/" },
    ),
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
      "The pipeline stores in DynamoDB and knows no other service: neither Stripe nor SES nor SQS.",
      { path: PIPELINE },
      {
        path: "^lib/stripe/|^lib/aws/(?!(dynamodb|combine-conditions|change-item)\\.ts)|node_modules/stripe/",
      },
    ),
    forbid(
      "clients-in-adapters-only",
      "lib/aws and lib/stripe hold the vendors' clients.",
      { path: "^(lib|functions|generated)/", pathNot: "^lib/(aws|stripe)/" },
      { path: VENDOR_CLIENTS, dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "adapters-know-no-product",
      "An adapter of AWS knows the service it speaks to and nothing of what is done with it.",
      { path: "^lib/aws/" },
      { path: "^lib/[^/]+/", pathNot: "^lib/aws/" },
    ),
    forbid(
      "compiler-at-build-time",
      "lib/compiler reads YAML at build time; what a Lambda bundles is generated from it.",
      { path: "^(lib/(?!compiler/)|functions/|generated/)" },
      { path: "^lib/compiler/" },
    ),
    forbid(
      "functions-stand-alone",
      "A function imports lib and what was generated, never another function.",
      { path: "^(?:functions|generated/handlers)/([^/.]+)" },
      { path: "^functions/", pathNot: "^functions/$1/" },
    ),
    forbid(
      "deployed-code-knows-no-laptop",
      "What is deployed imports nothing of the local stack, the emulator, the scripts or the tests.",
      { path: "^(lib|functions|generated)/" },
      { path: "^(local|stripe-emulator|resources|scripts|test|bench)/" },
    ),
    forbid(
      "lib-below-functions",
      "The kernel knows no capability and nothing generated from one.",
      { path: "^lib/" },
      { path: "^(functions|generated)/" },
    ),
    forbid(
      "emulator-is-a-product-of-its-own",
      "The Stripe emulator and its tests share no code with the rest of the repository.",
      { path: "^stripe-emulator/" },
      { path: "^(?!stripe-emulator/|node_modules/)[^/]+/", dependencyTypesNot: ["core"] },
    ),
    forbid(
      "emulator-by-its-entry",
      "Other code uses the Stripe emulator as a package: by stripe-emulator/index.ts alone.",
      { path: "^(?!stripe-emulator/)" },
      { path: "^stripe-emulator/(?!index\\.ts$)" },
    ),
    forbid(
      "emulator-api-knows-no-webhooks-or-pages",
      "Resources change objects and report events; they do not know who receives an event or which page shows an object.",
      { path: "^stripe-emulator/(resources|billing|payments)/" },
      { path: "^stripe-emulator/(api|control|emulator|faults|http|pages|webhooks)/" },
    ),
    forbid(
      "reading-changes-nothing",
      "A function that only reads does not carry what claims keys, leases items and counts calls.",
      { path: "^functions/(get|read)-" },
      { path: "^lib/(idempotency/claims|lease/|usage/|audit/effect-record)", reachable: true },
    ),
    forbid(
      "build-tools-stay-out-of-lambdas",
      "YAML, ajv and the like work at build time; functions import what was generated.",
      { path: "^(functions|generated)/" },
      { path: BUILD_TOOLS, reachable: true },
    ),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".js"] },
  },
};
