/**
 * The import rules of docs/architecture.md. `test/system/architecture.test.ts` enforces them, and one more that this tool
 * cannot express: no folder of lib/ may depend on itself through another folder.
 */

/** The pipeline and everything it depends on. It runs capabilities without knowing which services they use. */
const PIPELINE = "^lib/(audit|capability|contract|idempotency|lease|policy|sealing|usage)/|^lib/[^/]+\\.ts$";
const VENDOR_CLIENTS = "node_modules/(@aws-sdk|stripe)/";
const BUILD_TOOLS = "node_modules/(yaml|ajv|ajv-formats|json-schema-to-typescript|esbuild)/";

const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

module.exports = {
  forbidden: [
    forbid("no-circles", "Imports go one way.", {}, { circular: true }),
    forbid(
      "root-files-below-folders",
      "Every folder builds on the files directly in lib/, so these files import no folder.",
      { path: "^lib/[^/]+\\.ts$" },
      { path: "^lib/[^/]+/" },
    ),
    forbid(
      "transport-is-outermost",
      "Only handlers know the transport; the code that it calls does not.",
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
      "The pipeline stores in DynamoDB and uses no other service: neither Stripe nor SES nor SQS. Only old days of the audit log are in S3.",
      { path: PIPELINE, pathNot: "^lib/audit/(archive-day|audit-items)\\.ts$" },
      {
        path: "^lib/stripe/|^lib/aws/(?!(dynamodb|combine-conditions|change-item)\\.ts)|node_modules/stripe/",
      },
    ),
    forbid(
      "clients-in-adapters-only",
      "Only lib/aws and lib/stripe contain the vendors' clients.",
      { path: "^(lib|functions|generated)/", pathNot: "^lib/(aws|stripe)/" },
      { path: VENDOR_CLIENTS, dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "adapters-know-no-product",
      "An AWS adapter knows the service it calls, and nothing about the product that uses it.",
      { path: "^lib/aws/" },
      { path: "^lib/[^/]+/", pathNot: "^lib/aws/" },
    ),
    forbid(
      "compiler-at-build-time",
      "lib/compiler reads YAML at build time; functions bundle only the code generated from it.",
      { path: "^(lib/(?!compiler/)|functions/|generated/)" },
      { path: "^lib/compiler/" },
    ),
    forbid(
      "functions-stand-alone",
      "A function imports lib and generated code, never another function.",
      { path: "^(?:functions|generated/handlers)/([^/.]+)" },
      { path: "^functions/", pathNot: "^functions/$1/" },
    ),
    forbid(
      "deployed-code-knows-no-laptop",
      "Deployed code imports nothing from the local stack, the emulator, the scripts or the tests.",
      { path: "^(lib|functions|generated)/" },
      { path: "^(local|stripe-emulator|resources|scripts|test|bench)/" },
    ),
    forbid(
      "lib-below-functions",
      "lib/ imports no capability, and nothing that is generated from one.",
      { path: "^lib/" },
      { path: "^(functions|generated)/" },
    ),
    forbid(
      "client-runs-anywhere",
      "Applications install the client: it consists of its own files and what is generated for it, without packages and Node's modules.",
      { path: "^client/" },
      { pathNot: "^(client|generated/client)/" },
    ),
    forbid(
      "client-by-its-entry",
      "Other code uses the client as a package: through client/index.ts only.",
      { path: "^(?!client/)" },
      { path: "^client/(?!index\\.ts$)" },
    ),
    forbid(
      "console-runs-in-a-browser",
      "The console's pages run in a browser: of the rest they import types only, which their server declares.",
      { path: "^console/" },
      { path: "^(?!console/|node_modules/)", dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "console-is-built-by-its-server",
      "No other code uses the console's pages, except tests of what is pure in them.",
      { path: "^(?!console/|test/console/)" },
      { path: "^console/" },
    ),
    forbid(
      "emulator-is-a-product-of-its-own",
      "The Stripe emulator and its tests share no code with the rest of the repository.",
      { path: "^stripe-emulator/" },
      { path: "^(?!stripe-emulator/|node_modules/)[^/]+/", dependencyTypesNot: ["core"] },
    ),
    forbid(
      "emulator-by-its-entry",
      "Other code uses the Stripe emulator as a package: through stripe-emulator/index.ts only.",
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
      "A function that only reads does not bundle the code that claims keys, leases items and counts calls.",
      { path: "^functions/(get|read)-" },
      { path: "^lib/(idempotency/claims|lease/|usage/|audit/effect-record)", reachable: true },
    ),
    forbid(
      "build-tools-stay-out-of-lambdas",
      "YAML, ajv and similar tools run at build time; functions import only generated code.",
      { path: "^(functions|generated)/" },
      { path: BUILD_TOOLS, reachable: true },
    ),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^client/dist/" },
    enhancedResolveOptions: { extensions: [".ts", ".js"] },
  },
};
