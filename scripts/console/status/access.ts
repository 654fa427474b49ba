/** What the identity of this shell may read of a deployed stage: each permission is tried, and none of them changes anything. */

import { getItem } from "../../../lib/aws/dynamodb.ts";
import { listKeys } from "../../../lib/aws/s3.ts";
import { queueUrlOf } from "../../../lib/aws/sqs.ts";
import { env, optionalEnv } from "../../../lib/env.ts";
import { asProblem } from "../../../lib/errors.ts";
import { appSecrets } from "../../../lib/secrets/secrets.ts";
import { logOf } from "../../logs/log-of-target.ts";
import { serviceName } from "../../target.ts";
import { explained } from "../server/refused-by-aws.ts";
import type { ConsoleContext } from "../server/route.ts";

export interface ShownAccess {
  /** As IAM names it. */
  readonly permissions: string;
  /** What needs it. */
  readonly of: string;
  readonly is: "granted" | "missing" | "unknown";
  /** Why it is not granted. */
  readonly reason?: string;
}

interface Probe {
  readonly permissions: string;
  readonly of: string;
  readonly attempt: (context: ConsoleContext) => Promise<unknown>;
}

const NOTHING = "console-looks-for-nothing";

const PROBES: readonly Probe[] = [
  {
    permissions: "dynamodb:GetItem, Query, Scan",
    of: "payments, customers, subscriptions, invoices, runs, events and approvals",
    attempt: () => getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: NOTHING }),
  },
  {
    permissions: "dynamodb:GetItem, Query on the audit log",
    of: "the audit log",
    attempt: () => getItem(env("AUDIT_LOG_TABLE"), { partition: NOTHING, sort: NOTHING }),
  },
  {
    permissions: "ssm:GetParameters on APP_SECRET",
    of: "the verified audit log, personal data that commands open, and every action",
    attempt: () => appSecrets(),
  },
  {
    permissions: "logs:DescribeLogGroups, StartQuery, GetQueryResults",
    of: "the time line",
    attempt: ({ target }) => logOf(target),
  },
  {
    permissions: "sqs:GetQueueUrl, GetQueueAttributes, ReceiveMessage",
    of: "dead letters and the lag of events",
    attempt: ({ target }) => queueUrlOf(`${serviceName()}-${target.stage}-charge-events`),
  },
  {
    permissions: "s3:ListBucket, GetObject on the audit archive",
    of: "days of the audit log that are older than 90 days",
    attempt: async () => {
      const bucket = optionalEnv("AUDIT_ARCHIVE_BUCKET");
      if (bucket !== undefined) await listKeys(bucket, `${NOTHING}/`);
    },
  },
];

export function readAccess(context: ConsoleContext): Promise<readonly ShownAccess[]> {
  return Promise.all(
    PROBES.map(async ({ permissions, of, attempt }): Promise<ShownAccess> => {
      try {
        await attempt(context);
        return { permissions, of, is: "granted" };
      } catch (thrown) {
        const problem = explained(thrown);
        if (problem.code === "FORBIDDEN") return { permissions, of, is: "missing", reason: problem.message };
        return { permissions, of, is: "unknown", reason: asProblem(thrown).message };
      }
    }),
  );
}
