import { describe, expect, it } from "@jest/globals";
import { backups, protectionOf } from "../../resources/backups.ts";
import { settingSpec } from "../../resources/settings.ts";
import { TABLES, tableId, tableResource } from "../../resources/tables.ts";
import { templateMistakes } from "../../resources/template-mistakes.ts";

const TABLE_ARNS = TABLES.map((table) => ({ "Fn::GetAtt": [tableId(table), "Arn"] }));

describe("given the settings of a stage", () => {
  it.each([
    ["prod", {}, { protectsTables: true, backupDays: 90 }],
    ["staging", {}, { protectsTables: false, backupDays: undefined }],
    [
      "prod",
      { TABLE_PROTECTION: "off", BACKUP_DAYS: "none" },
      { protectsTables: false, backupDays: undefined },
    ],
    ["staging", { TABLE_PROTECTION: "on", BACKUP_DAYS: "7" }, { protectsTables: true, backupDays: 7 }],
  ])("%s with %j is protected as %j", (stage, settings, protection) => {
    expect(protectionOf(stage, settings)).toEqual(protection);
  });

  it.each([
    ["TABLE_PROTECTION", "yes", 'TABLE_PROTECTION must be "on" or "off"; it is "yes".'],
    ["BACKUP_DAYS", "0", 'BACKUP_DAYS must be a whole number of days from 1 to 3650, or none; it is "0".'],
  ] as const)("%s=%s is refused", (name, value, mistake) => {
    expect(settingSpec(name).mistake?.(value, "prod")).toBe(mistake);
    expect(settingSpec(name).mistake?.("none", "prod") === undefined).toBe(name === "BACKUP_DAYS");
  });
});

describe("given a table", () => {
  it("only a protected one refuses to be deleted; all can be restored to any second", () => {
    for (const table of TABLES) {
      expect(tableResource(table, true).Properties).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      expect(tableResource(table).Properties).not.toHaveProperty("DeletionProtectionEnabled");
      expect(tableResource(table).Properties).toHaveProperty("PointInTimeRecoverySpecification");
    }
  });
});

describe("given weekly backups", () => {
  const { Resources } = backups({ backupDays: 30 });

  it("every table is backed up, and the backups are kept as long as the setting says, also without the stack", () => {
    expect(Resources.BackupSelection?.Properties).toMatchObject({
      BackupSelection: { Resources: TABLE_ARNS },
    });
    expect(Resources.BackupPlan?.Properties).toMatchObject({
      BackupPlan: { BackupPlanRule: [{ Lifecycle: { DeleteAfterDays: 30 } }] },
    });
    expect(Resources.BackupVault).toMatchObject({ UpdateReplacePolicy: "Retain" });
  });

  it("the name of the vault is never taken, because it contains the id of the stack", () => {
    expect(JSON.stringify(Resources.BackupVault?.Properties)).toContain("AWS::StackId");
  });

  it("its role can back up these tables and no other resource", () => {
    const statements = JSON.parse(JSON.stringify(Resources.BackupRole?.Properties.Policies))[0].PolicyDocument
      .Statement;
    expect(statements[0]).toMatchObject({ Resource: TABLE_ARNS });
    expect(JSON.stringify(statements)).not.toMatch(/"Resource":\s*\[?"\*"/);
    expect(JSON.stringify(statements)).not.toMatch(/Restore|PutItem|DeleteTable/);
  });

  it("the template with them has no mistakes", () => {
    const tables = Object.fromEntries(TABLES.map((table) => [tableId(table), tableResource(table, true)]));
    expect(templateMistakes({ Resources: { ...tables, ...Resources } }, "eu-central-1")).toEqual([]);
  });

  it("there are none without the setting", () => {
    expect(backups({ backupDays: undefined }).Resources).toEqual({});
  });
});
