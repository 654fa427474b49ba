/** What a change set would do, and what of it would lose data. Pure. */
import { textTable } from "../text-table.ts";

export type Effect = "add" | "modify" | "REPLACE" | "may REPLACE" | "REMOVE" | "import";

export interface Change {
  readonly effect: Effect;
  readonly logicalId: string;
  readonly type: string;
  /** The properties that change. */
  readonly because: readonly string[];
  /** Whether CloudFormation keeps the old resource, outside of the stack. */
  readonly isKept: boolean;
}

/** What is lost when such a resource is removed, or replaced by a new one. */
const LOST: Readonly<Record<string, string>> = {
  "AWS::DynamoDB::Table": "the functions begin with an empty table",
  "AWS::SQS::Queue": "the messages in it are lost",
  "AWS::SNS::Topic": "its subscriptions are lost, and its ARN changes",
  "AWS::S3::Bucket":
    "what is in it is lost: the packages of earlier versions, or the archive of the audit log",
  "AWS::Backup::BackupVault": "the stage no longer has the backups in it",
  "AWS::SES::EmailIdentity": "mails stop, until the sender is verified again",
  "AWS::StepFunctions::StateMachine": "its runs end",
  "AWS::Logs::LogGroup": "the logs in it are lost",
  "AWS::ApiGatewayV2::Api": "the address of the API changes, for callers and for Stripe",
  "AWS::ApiGatewayV2::DomainName": "the API's own domain points nowhere, until its DNS record is changed",
  "AWS::CertificateManager::Certificate": "a new certificate must be proven by a DNS record",
  "AWS::SSM::Parameter": "operators' commands do not find the tables, until the deployment has ended",
};
/** These hold nothing that anybody would miss. */
const NO_STOP: ReadonlySet<string> = new Set(["AWS::SSM::Parameter"]);

const LOSES: ReadonlySet<Effect> = new Set<Effect>(["REPLACE", "may REPLACE", "REMOVE"]);

/** The changes after which data, or an address that others know, would be gone. */
export function lossesOf(changes: readonly Change[]): Change[] {
  return changes.filter(
    ({ effect, type }) => LOSES.has(effect) && LOST[type] !== undefined && !NO_STOP.has(type),
  );
}

/** The most rows of additions and modifications that are worth a screen. */
const SHOWN = 40;

/** As lines for the terminal: everything that is lost, replaced or removed, then the rest, shortened. */
export function planLines(changes: readonly Change[]): string[] {
  const count = (effects: readonly Effect[]) =>
    changes.filter(({ effect }) => effects.includes(effect)).length;
  const summary = `${count(["add", "import"])} to add, ${count(["modify"])} to modify, ${count(["REPLACE", "may REPLACE"])} to replace, ${count(["REMOVE"])} to remove.`;
  const grave = changes.filter(({ effect }) => LOSES.has(effect));
  const others = changes.filter(({ effect }) => !LOSES.has(effect));
  const rows = [...grave, ...others.slice(0, SHOWN)].map(({ effect, logicalId, type, because }) => [
    effect,
    type.replace(/^AWS::/, ""),
    logicalId,
    because.join(", "),
  ]);
  const left = others.length - SHOWN;
  return [
    textTable([["", "TYPE", "RESOURCE", "WHAT CHANGES"], ...rows]),
    ...(left > 0 ? [`... and ${left} more to add or modify.`] : []),
    summary,
  ];
}

/** What would be lost, one line for each. */
export function lossLines(losses: readonly Change[]): string[] {
  return losses.map(({ effect, logicalId, type, isKept }) => {
    const kept = isKept ? " The old one is kept outside of the stack." : "";
    return `  ${effect} ${logicalId} (${type}): ${LOST[type]}.${kept}`;
  });
}
