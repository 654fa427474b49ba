/**
 * The versions of a stage that were deployed, in its bucket. A version is its template: that names all code by its content. The
 * template is stored once for each version, and a record for each deployment of it.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { mapAtOnce } from "../../lib/map-at-once.ts";
import { fieldOf, fieldsOf, isRecord } from "../../lib/untrusted.ts";
import { ALARMS_TEMPLATE, artifactKey } from "../../resources/package-plugin.ts";
import type { AwsClients } from "./aws-clients.ts";
import type { Deployed } from "./history.ts";
import type { Place } from "./place.ts";

/** The output of the stack that says which version it is. */
export const VERSION_OUTPUT = "PackageVersion";
const TEMPLATE = "cloudformation-template-update-stack.json";
const UPLOADS_AT_ONCE = 4;

export interface Package {
  /** A digest of the template: 12 hexadecimal digits. */
  readonly version: string;
  /** The template as it is deployed, with the version in its outputs. */
  readonly template: string;
  /** The files that the template refers to, by their key in the bucket. */
  readonly artifacts: ReadonlyMap<string, Buffer>;
}

export type Storage = Pick<AwsClients, "s3">;

/**
 * Reads a package that was made in `directory`. With `restartedAt`, every function differs from the one before, so Lambda replaces
 * its instances. Throws an Error if the template refers to a file that the package does not have.
 */
export function readPackage(
  directory: string,
  { folder }: Pick<Place, "folder">,
  restartedAt?: Date,
): Package {
  const packaged = readFileSync(join(directory, TEMPLATE), "utf8");
  const content = restartedAt === undefined ? packaged : withRestart(packaged, restartedAt);
  const version = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const template = fieldsOf(JSON.parse(content));
  const files = readdirSync(directory).filter((file) => file.endsWith(".zip"));
  const artifacts = new Map(
    files.map((file) => {
      const bytes = readFileSync(join(directory, file));
      return [artifactKey(folder, file.replace(/\.zip$/, ""), bytes, "zip"), bytes] as const;
    }),
  );
  const alarms = readFileSync(join(directory, ALARMS_TEMPLATE));
  artifacts.set(artifactKey(folder, "alarms", alarms, "json"), alarms);
  const missing = codeKeysIn(content).find((key) => !artifacts.has(key));
  if (missing !== undefined) throw new Error(`The package has no file for ${missing}`);
  const Outputs = {
    ...fieldsOf(template.Outputs),
    [VERSION_OUTPUT]: { Description: "Names the package: npm run rollback lists it.", Value: version },
  };
  return { version, template: JSON.stringify({ ...template, Outputs }), artifacts };
}

/** The keys of the files that a template refers to. */
export function codeKeysIn(template: string): string[] {
  return [...template.matchAll(/serverless\/[\w./-]+\/code\/[\w.-]+/g)].map(([key]) => key);
}

/** The variable is for Lambda only: no function reads it. The next deployment without a restart removes it. */
function withRestart(content: string, restartedAt: Date): string {
  const template = fieldsOf(JSON.parse(content));
  const Resources = Object.entries(fieldsOf(template.Resources)).map(([id, resource]) => {
    if (fieldOf(resource, "Type") !== "AWS::Lambda::Function") return [id, resource];
    const properties = fieldsOf(fieldOf(resource, "Properties"));
    const Variables = {
      ...fieldsOf(fieldOf(properties, "Environment", "Variables")),
      RESTARTED_AT: restartedAt.toISOString(),
    };
    return [id, { ...fieldsOf(resource), Properties: { ...properties, Environment: { Variables } } }];
  });
  return JSON.stringify({ ...template, Resources: Object.fromEntries(Resources) });
}

export const templateKey = ({ folder }: Pick<Place, "folder">, version: string) =>
  `${folder}/templates/${version}.json`;

/** The address from which CloudFormation reads the template of a version. */
export function templateUrl(place: Place, bucket: string, version: string): string {
  return `https://${bucket}.s3.${place.region}.amazonaws.com/${templateKey(place, version)}`;
}

/**
 * Uploads what the bucket does not have. Returns how many files it has uploaded. The template comes first: from then on, another
 * deployment that removes old packages leaves its files alone.
 */
export async function uploadPackage(
  { s3 }: Storage,
  place: Place,
  bucket: string,
  { version, template, artifacts }: Package,
): Promise<number> {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: templateKey(place, version),
      Body: template,
      ContentType: "application/json",
    }),
  );
  const stored = await storedFiles({ s3 }, bucket, `${place.folder}/code/`);
  const there = new Set(stored.map(({ key }) => key));
  const missing = [...artifacts].filter(([key]) => !there.has(key));
  await mapAtOnce(missing, UPLOADS_AT_ONCE, ([Key, Body]) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentLength: Body.length })),
  );
  return missing.length;
}

/** Records that a version was deployed. */
export async function recordDeployment(
  { s3 }: Storage,
  place: Place,
  bucket: string,
  deployed: Deployed,
): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `${place.folder}/deployments/${deployed.at}-${deployed.version}.json`,
      Body: JSON.stringify(deployed),
      ContentType: "application/json",
    }),
  );
}

/** Every deployment that succeeded, the latest first. */
export async function deployments(storage: Storage, place: Place, bucket: string): Promise<Deployed[]> {
  return (await deploymentRecords(storage, place, bucket)).map(({ deployed }) => deployed);
}

/** The same, each with the key of its record. */
export async function deploymentRecords(
  storage: Storage,
  place: Place,
  bucket: string,
): Promise<{ readonly key: string; readonly deployed: Deployed }[]> {
  const files = await storedFiles(storage, bucket, `${place.folder}/deployments/`);
  const keys = files.map(({ key }) => key).toSorted();
  const records = await mapAtOnce(keys.reverse(), UPLOADS_AT_ONCE, async (key) => {
    const record: unknown = JSON.parse(await textAt(storage, bucket, key));
    const [version, at, commit] = ["version", "at", "commit"].map((name) => fieldOf(record, name));
    return isRecord(record) && typeof version === "string"
      ? [{ key, deployed: { version, at: String(at ?? ""), commit: String(commit ?? "") } }]
      : [];
  });
  return records.flat();
}

/** The template with this key. Throws an Error if it is not there, or refers to nothing. */
export async function templateOf(storage: Storage, bucket: string, key: string): Promise<string> {
  const template = await textAt(storage, bucket, key);
  if (codeKeysIn(template).length === 0) throw new Error(`${key} is not the template of a version`);
  return template;
}

async function textAt({ s3 }: Storage, Bucket: string, Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? "null";
}

/** The files whose key begins with `Prefix`. */
export async function storedFiles(
  { s3 }: Storage,
  Bucket: string,
  Prefix: string,
): Promise<{ readonly key: string; readonly storedAt: Date }[]> {
  const files: { readonly key: string; readonly storedAt: Date }[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
    for (const { Key = "", LastModified = new Date() } of Contents)
      files.push({ key: Key, storedAt: LastModified });
  return files;
}
