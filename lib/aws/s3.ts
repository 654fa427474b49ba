/** Objects in S3. */
import { createHash } from "node:crypto";
import { orUnavailable } from "./or-unavailable.ts";
import { RefusedByAws } from "./refused-by-aws.ts";
import { callS3 } from "./signed-request.ts";

/** What a GB costs, and what it costs to read it: objects of both classes can be read at once. */
export type StorageClass = "STANDARD" | "GLACIER_IR";

export interface NewObject {
  /** Letters, digits and `-./` only. */
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly storageClass: StorageClass;
}

/**
 * Stores the object, in place of one that has the same key. S3 refuses a body that does not have the digests of the request.
 * Throws SERVICE_UNAVAILABLE.
 */
export async function putObject(
  bucket: string,
  { key, body, contentType, storageClass }: NewObject,
): Promise<void> {
  await orUnavailable(`S3 did not store ${key}`, () =>
    callS3("s3:PutObject", {
      method: "PUT",
      bucket,
      path: `/${key}`,
      headers: {
        "content-type": contentType,
        // A bucket with Object Lock asks for it.
        "content-md5": createHash("md5").update(body).digest("base64"),
        "x-amz-storage-class": storageClass,
      },
      body,
    }),
  );
}

/** The object's body; undefined if there is no such object. Throws SERVICE_UNAVAILABLE. */
export async function getObject(bucket: string, key: string): Promise<Buffer | undefined> {
  return orUnavailable(`S3 did not return ${key}`, async () => {
    try {
      return await callS3("s3:GetObject", { method: "GET", bucket, path: `/${key}` });
    } catch (thrown) {
      if (thrown instanceof RefusedByAws && thrown.name === "NoSuchKey") return undefined;
      throw thrown;
    }
  });
}

/** The keys that begin with `prefix`, in their order. They must be such as `NewObject` has. Throws SERVICE_UNAVAILABLE. */
export async function listKeys(bucket: string, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const last = keys.at(-1);
    const page = await orUnavailable("S3 did not list the bucket", () =>
      callS3("s3:ListBucket", {
        method: "GET",
        bucket,
        query: { "list-type": "2", prefix, ...(last === undefined ? {} : { "start-after": last }) },
      }),
    );
    const xml = page.toString();
    const found = [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
    keys.push(...found);
    if (found.length === 0 || !xml.includes("<IsTruncated>true</IsTruncated>")) return keys;
  }
}
