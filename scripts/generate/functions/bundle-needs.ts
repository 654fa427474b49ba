/**
 * The needs of a function's bundled code: the AWS operations that it can call and the environment variables that it
 * reads. Found in the text of the bundle, without running it, so code that tree shaking removes does not count.
 */
import { build } from "esbuild";

export interface Needs {
  /** With IAM's names: `dynamodb:GetItem`. */
  readonly actions: ReadonlySet<string>;
  /** Actions on a table, from calls of lib/aws that name the table: `getItem` with `CUSTOMERS_TABLE`. */
  readonly tableCalls: readonly { readonly action: string; readonly variable: string }[];
  readonly variables: ReadonlySet<string>;
  /** Names of the secrets that the code reads. */
  readonly secrets: ReadonlySet<string>;
  /** The files whose code is in the bundle. */
  readonly files: readonly string[];
  /** Whether it sends to the queue of an event; which queue is not known before it runs. */
  readonly sendsToEventQueues: boolean;
}

/** IAM's prefix for each client of the AWS SDK that lib/aws uses. */
const PREFIXES: Readonly<Record<string, string>> = {
  "client-dynamodb": "dynamodb",
  "client-ses": "ses",
  "client-sfn": "states",
  "client-sns": "sns",
  "client-sqs": "sqs",
};
/** The actions behind each function of lib/aws whose first argument is the table. */
const TABLE_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  changeItem: ["dynamodb:GetItem", "dynamodb:PutItem"],
  deleteItem: ["dynamodb:DeleteItem"],
  getItem: ["dynamodb:GetItem"],
  getItems: ["dynamodb:BatchGetItem"],
  putItem: ["dynamodb:PutItem"],
  queryItems: ["dynamodb:Query"],
  replaceItem: ["dynamodb:PutItem"],
  scanPage: ["dynamodb:Scan"],
  scanTable: ["dynamodb:Scan"],
  stopExpiry: ["dynamodb:UpdateTimeToLive"],
  updateAndRead: ["dynamodb:UpdateItem"],
  updateItem: ["dynamodb:UpdateItem"],
  writeUnlessChanged: ["dynamodb:PutItem"],
};
/** The actions behind every lease of an item (lib/lease): its owner writes it, and reads it to find its own writes. */
const LEASE_ACTIONS = ["dynamodb:GetItem", "dynamodb:UpdateItem"];

/** The needs of each handler's module, in the given order. Throws esbuild's failure for code that does not parse. */
export async function bundleNeeds(entries: readonly string[]): Promise<Needs[]> {
  const { outputFiles, metafile } = await build({
    entryPoints: entries.map((entry, index) => ({ in: entry, out: String(index) })),
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node24",
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return entries.map((_, index) => {
    const output = outputFiles.find(({ path }) => path.endsWith(`/${index}.js`));
    const inputs = Object.entries(metafile.outputs[`out/${index}.js`]?.inputs ?? {});
    const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
    return { ...needsOf(output?.text ?? ""), files };
  });
}

function needsOf(code: string): Omit<Needs, "files"> {
  // No two clients that we use have a command with the same name.
  const clients = [...code.matchAll(/import \{([^}]*)\} from "@aws-sdk\/([\w-]+)"/g)].flatMap(
    ([, names = "", client = ""]) =>
      [...names.matchAll(/\w+/g)].map(([name]) => [name, PREFIXES[client]] as const),
  );
  const prefixOf = new Map(clients);
  const actions = [...code.matchAll(/\bnew ((\w+)Command)\(|\b(paginate(\w+))\(/g)].flatMap(
    ([, command, sent, paginator, paged]) => {
      const prefix = prefixOf.get(command ?? paginator ?? "");
      return prefix === undefined ? [] : [`${prefix}:${sent ?? paged}`];
    },
  );
  const signed = [...code.matchAll(/\bcall(?:Aws|S3)\d*\(\s*"(\w+:\w+)"/g)].map(([, action = ""]) => action);
  // esbuild adds a number to a name that two modules have: `env2`.
  const tableCalls = [...code.matchAll(/\b([a-z]\w*?)\d*\(\s*env\d*\("([A-Z_]+_TABLE)"\)/g)].flatMap(
    ([, name = "", variable = ""]) => (TABLE_ACTIONS[name] ?? []).map((action) => ({ action, variable })),
  );
  const leases = [...code.matchAll(/\btable: env\d*\("([A-Z_]+_TABLE)"\),\s*keyName:/g)].flatMap(
    ([, variable = ""]) => LEASE_ACTIONS.map((action) => ({ action, variable })),
  );
  const variables = code.matchAll(
    /\b(?:env|optionalEnv)\d*\("([A-Z][A-Z0-9_]*)"\)|\b(?:process\.env|environment)\.([A-Z][A-Z0-9_]*)/g,
  );
  return {
    actions: new Set([...actions, ...signed]),
    tableCalls: [...tableCalls, ...leases],
    variables: new Set([...variables].map(([, called, member]) => called ?? member ?? "")),
    secrets: new Set([...code.matchAll(/\bsecret\d*\("([A-Z_]+)"\)/g)].map(([, name = ""]) => name)),
    sendsToEventQueues: /\benv\d*\(queueUrlVariable\d*\(/.test(code),
  };
}
