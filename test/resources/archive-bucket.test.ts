import { describe, expect, it } from "@jest/globals";
import { lifetimeOf } from "../../lib/audit/retention.ts";
import { ARCHIVE_BUCKET, archiveBucket } from "../../resources/archive-bucket.ts";

describe("given the bucket of the audit log's archive", () => {
  const bucket = archiveBucket(400)[ARCHIVE_BUCKET];

  it("survives its stack, is private, encrypted and versioned, and accepts TLS only", () => {
    expect(bucket).toMatchObject({
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: "Enabled" },
      },
    });
    expect(JSON.stringify(bucket)).toContain("AES256");
    expect(JSON.stringify(archiveBucket(400)[`${ARCHIVE_BUCKET}Policy`])).toContain(
      '"Condition":{"Bool":{"aws:SecureTransport":"false"}}',
    );
  });

  it.each([121, 400, 3_650])(
    "locks a file until a log of %i days no longer keeps its day, and deletes it only then",
    (retention) => {
      Object.assign(process.env, { AUDIT_ARCHIVE: "on", AUDIT_RETENTION_DAYS: String(retention) });
      const { keptUntil = 0 } = lifetimeOf("2026-01-01");
      const { Properties } = archiveBucket(retention)[ARCHIVE_BUCKET] ?? {};
      const text = JSON.stringify(Properties);
      const lockDays = Number(/"GOVERNANCE","Days":(\d+)/.exec(text)?.[1]);
      const deletedAfter = Number(/"ExpirationInDays":(\d+)/.exec(text)?.[1]);
      // A day is due 91 days after it began.
      const archivedAt = Date.parse("2026-04-02") / 1000;
      expect(archivedAt + lockDays * 24 * 60 * 60).toBe(keptUntil);
      expect(deletedAfter).toBeGreaterThan(lockDays);
    },
  );
});
