/**
 * Leaves out of the functions' bundles what no function uses: an esbuild plugin that replaces modules inside of packages, for
 * which `alias` in serverless.yml is too coarse. Every replacement names the files of the installed versions. A version
 * whose files differ fails the bundling, or the test of this module.
 */
import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";
import { STRIPE_RESOURCES } from "../lib/stripe/stripe-sdk.ts";

interface Replacement {
  /** The end of the module's path, from its package on. */
  readonly module: string;
  readonly why: string;
  /** The code that is bundled instead; `original` is the module's own. */
  readonly replace: (original: string) => string;
}

const CORE = "@smithy/core/dist-es/submodules";
const HTTP_HANDLER = "@smithy/node-http-handler/dist-es/node-http-handler.js";

export const REPLACEMENTS: readonly Replacement[] = [
  {
    module: "stripe/esm/stripe.esm.node.js",
    why: "the client is built with all resources of the API, which are two thirds of the SDK; we call few of them",
    replace: withOnlyUsedResources,
  },
  {
    module: "stripe/esm/StripeEventNotificationHandler.js",
    why: "it handles events of API v2, which we do not receive",
    replace: () => "export class StripeEventNotificationHandler {}",
  },
  {
    module: `${CORE}/event-streams/index.js`,
    why: "no operation of our clients streams events, and the module brings all checksums with it",
    replace: () => "export const EventStreamSerde = undefined, eventStreamSerdeProvider = undefined;",
  },
  {
    module: `${CORE}/config/shared-ini-file-loader/readFile.js`,
    why: "a function has its configuration in its environment; AWS's configuration files are on the machines of people",
    replace: () =>
      `export const filePromises = {}, fileIntercept = {};
       export const readFile = async () => { throw new Error("Functions have no configuration files"); };`,
  },
  {
    module: `${CORE}/config/config-resolver/regionConfig/getInstanceMetadataRegion.js`,
    why: "only virtual machines have this service",
    replace: () => "export const getInstanceMetadataRegion = async () => undefined;",
  },
  {
    module: HTTP_HANDLER,
    why: "to import node:http, as it does for an endpoint without TLS, loads Node's fetch: 70 ms of CPU and 14 MB in each function of the local stack",
    replace: withRequiredHttp,
  },
  {
    module: "@aws-sdk/middleware-endpoint-discovery/dist-es/resolveEndpointDiscoveryConfig.js",
    why: "DynamoDB's endpoints are not discovered unless a client asks for it, and the cache for them is large",
    replace: () =>
      `export const resolveEndpointDiscoveryConfig = (input) => Object.assign(input, {
         endpointDiscoveryEnabled: async () => false, isClientEndpointDiscoveryEnabled: false });`,
  },
];

/** The plugin. A replacement that does not fit the module is an error of the bundling. */
export function leaveOut(): Plugin {
  return {
    name: "leave-out",
    setup(build) {
      for (const { module, replace } of REPLACEMENTS) {
        const filter = new RegExp(`/node_modules/${module.replaceAll(/[.]/g, "\\.")}$`);
        build.onLoad({ filter }, ({ path }) => ({
          contents: replace(readFileSync(path, "utf8")),
          loader: "js",
        }));
      }
    },
  };
}

/** The module of Stripe's client without the resources that are not in STRIPE_RESOURCES. */
function withOnlyUsedResources(original: string): string {
  const used: ReadonlySet<string> = new Set(STRIPE_RESOURCES);
  const kept = new Set<string>();
  const created = original.replaceAll(
    /^ +this\.(\w+) = (?:new (\w+)\(this\)|this\.accounts);\n/gm,
    (line, property: string, resource: string | undefined) => {
      if (!used.has(property)) return "";
      kept.add(property);
      if (resource !== undefined) kept.add(resource);
      return line;
    },
  );
  const missing = STRIPE_RESOURCES.filter((name) => !kept.has(name));
  if (missing.length > 0)
    throw new Error(
      `Stripe's client does not create ${missing.join(", ")} where local/leave-out.ts expects it`,
    );
  return created
    .replaceAll(/^import \{ (\w+),? \} from '\.\/resources\/.*\n/gm, (line, resource: string) =>
      kept.has(resource) ? line : "",
    )
    .replace("import * as resources from './resources.js';", "const resources = {};")
    .replace("import { OAuthResource } from './resources.js';", "");
}

/** The module with a static import, which a CommonJS bundle has as a `require`. */
function withRequiredHttp(original: string): string {
  const dynamic = 'const node_http = await import("node:http");';
  if (!original.includes(dynamic))
    throw new Error(`${HTTP_HANDLER} does not import node:http where local/leave-out.ts expects it`);
  return `import node_http from "node:http";\n${original.replace(dynamic, "")}`;
}
