/**
 * The Serverless plugin that makes a package what `npm run deploy` uploads: the same sources make the same bytes, every
 * artifact is named by its content, so that a deployment changes only the functions whose code has changed, and the alarms are
 * in a nested stack, because a stack can have at most 500 resources: docs/decisions/0095.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fieldOf, fieldsOf, isRecord } from "../lib/untrusted.ts";
import { functionId } from "./cloudformation.ts";
import { splitResources } from "./nested-stack.ts";

/** The part of the framework's instance that this plugin uses. */
interface Serverless {
  readonly serviceDir: string;
  readonly processedInput: { readonly commands: readonly string[] };
  readonly service: {
    readonly service: string;
    readonly provider: { readonly stage?: string; compiledCloudFormationTemplate?: unknown };
    readonly package: { artifactDirectoryName?: string };
    readonly functions: Readonly<Record<string, { readonly package?: { readonly artifact?: string } }>>;
    readonly custom?: Record<string, unknown>;
  };
}

/** The file of the nested stack's template in a package. */
export const ALARMS_TEMPLATE = "cloudformation-template-alarms.json";
/** The nested stack in the template. */
export const ALARMS_STACK = "AlarmsStack";
const BUCKET = "ServerlessDeploymentBucket";

const DEPLOY_IS_OURS =
  "Deploy with npm run deploy -- --stage <stage>: it checks, shows what will change, and uploads what this package refers to.";

export default class PackagePlugin {
  readonly #serverless: Serverless;

  readonly hooks = {
    initialize: () => this.#nameFolder(),
    "before:aws:package:finalize:saveServiceState": () => this.#finish(),
    // After the checks of local/plugin.ts, whose messages say more.
    "before:deploy:deploy": () => this.#refuse(),
  };

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
  }

  /** The framework's folder has the time of packaging in its name. */
  #nameFolder(): void {
    this.#serverless.service.package.artifactDirectoryName = `${folderOf(this.#serverless)}/package`;
  }

  #finish(): void {
    const { service, serviceDir } = this.#serverless;
    const folder = folderOf(this.#serverless);
    const template = fieldsOf(service.provider.compiledCloudFormationTemplate);
    const resources = { ...fieldsOf(template.Resources) };
    for (const [name, { package: packed }] of Object.entries(service.functions)) {
      const zip = readFileSync(join(serviceDir, packed?.artifact ?? ""));
      const id = functionId(name);
      resources[id] = withCode(resources[id], artifactKey(folder, name, zip, "zip"));
    }
    const { kept, nested, parameters } = splitResources(
      resources,
      (type) => type === "AWS::CloudWatch::Alarm" || type === "AWS::CloudWatch::Dashboard",
      `The alarms and the dashboard of ${service.service}, stage ${service.provider.stage}`,
    );
    const text = JSON.stringify(sorted(nested), undefined, 2);
    writeFileSync(join(serviceDir, ".serverless", ALARMS_TEMPLATE), text);
    const TemplateURL = {
      "Fn::Sub": `https://\${${BUCKET}.RegionalDomainName}/${artifactKey(folder, "alarms", text, "json")}`,
    };
    service.provider.compiledCloudFormationTemplate = sorted({
      ...template,
      Resources: {
        ...kept,
        [ALARMS_STACK]: {
          Type: "AWS::CloudFormation::Stack",
          Properties: { TemplateURL, Parameters: parameters },
        },
      },
    });
    // The folder of this process: local/plugin.ts. serverless-esbuild has read it.
    const esbuild = fieldsOf(service.custom?.esbuild);
    if (service.custom !== undefined) service.custom.esbuild = { ...esbuild, outputWorkFolder: ".esbuild" };
  }

  #refuse(): void {
    process.stderr.write(`${DEPLOY_IS_OURS}\n`);
    process.exit(1);
  }
}

/** Where a stage's artifacts are in its bucket; `serverless remove` empties it. */
function folderOf({ service: { service, provider } }: Serverless): string {
  return `serverless/${service}/${provider.stage ?? "dev"}`;
}

/** The key in the bucket: the same for the same content, and another one for another. */
export function artifactKey(
  folder: string,
  name: string,
  content: Buffer | string,
  extension: string,
): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 32);
  return `${folder}/code/${name}-${hash}.${extension}`;
}

function withCode(resource: unknown, S3Key: string): object {
  const properties = fieldsOf(fieldOf(resource, "Properties"));
  return {
    ...fieldsOf(resource),
    Properties: { ...properties, Code: { ...fieldsOf(properties.Code), S3Key } },
  };
}

/** With the resources, outputs and so on in one order: the framework adds them as its steps end. */
function sorted(template: Readonly<Record<string, unknown>>): object {
  const inOrder = (value: unknown) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return Object.fromEntries(Object.entries(template).map(([section, value]) => [section, inOrder(value)]));
}
