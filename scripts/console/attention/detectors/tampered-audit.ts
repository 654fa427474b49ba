import { verifyDay } from "../../../../lib/audit/verify-day.ts";
import { appSecrets } from "../../../../lib/secrets/secrets.ts";
import { dayOf } from "../../../../lib/utc-windows.ts";
import { counted, type Detector, evidenceOf } from "../finding.ts";

/** Verifies today's entries. */
export const tamperedAudit: Detector = {
  looksFor: "audit entries that were changed",
  detect: async ({ recent, now }) => {
    const day = dayOf(now);
    const { findings } = await verifyDay({ day, appSecrets: await appSecrets(), now });
    if (findings.length === 0) return [];
    const wrong = findings
      .slice(0, 5)
      .map((finding) => `${finding.timestamp} ${finding.eventId}: ${finding.wrong}`);
    const refused = recent.filter(({ event }) => event === "audit.entry-not-verified");
    return [
      {
        id: "tampered-audit",
        title: `${counted(findings.length, "entry", "entries")} of today's audit log is not as it was written`,
        cause: `Somebody has changed the table AuditLog: no function of the stage can. ${wrong.join("; ")}.`,
        ...evidenceOf(refused),
        since: Math.min(...findings.map(({ timestamp }) => Date.parse(timestamp)).filter(Number.isFinite)),
        repairs: [
          {
            does: "See every entry that is not as written",
            command: `npm run audit -- verify --since ${day}`,
          },
          {
            does: "See who had access to the table",
            command:
              "aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=<AuditLog>",
          },
          {
            does: "Restore the table to a new one at a time before, and compare or copy the entries",
            command:
              "aws dynamodb restore-table-to-point-in-time --source-table-name <AuditLog> --target-table-name AuditLogBefore --restore-date-time <time>",
          },
        ],
      },
    ];
  },
};
