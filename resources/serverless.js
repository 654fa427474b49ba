/** Everything that serverless.yml imports from this folder. JavaScript, because `${file()}` runs nothing else. */
import { withDotEnv } from "../local/settings.ts";
import { readPrices } from "../scripts/cost/prices.ts";
import { loadProject } from "../scripts/generate/load-project.ts";
import { accessLog } from "./access-log.ts";
import { alarmTopic } from "./alarm-topic.ts";
import { alarms as allAlarms } from "./alarms.ts";
import { ARCHIVE_BUCKET, archiveBucket, localArchiveName } from "./archive-bucket.ts";
import { backups, protectionOf } from "./backups.ts";
import { corsFor } from "./cors.ts";
import { dashboard as dashboardOf } from "./dashboard/dashboard.ts";
import { eventQueues } from "./event-queues.ts";
import { functionDefinitions } from "./functions.ts";
import { DEFAULT_RETENTION_DAYS, SERVICE, STAGE } from "./grants.ts";
import { mail } from "./mail.ts";
import { functionName } from "./names.ts";
import { publicDomain } from "./public-domain.ts";
import { functionRoles } from "./roles.ts";
import { SETTING_NAMES } from "./settings.ts";
import { claimedRegion, DEFAULT_REGION, regionClaims } from "./stage-region.ts";
import { readStageFile } from "./stage-settings.ts";
import {
  stateMachines as machines,
  statesOfWorkflows,
  WORKFLOW_LOGS,
  workflowLog,
} from "./state-machines.ts";
import { localTableName, TABLES, tableId, tableNamesResource, tableResource } from "./tables.ts";
import { stageThrottles } from "./throttles.ts";

export { eventQueues };

/** `stepFunctions` of serverless.yml. */
export async function stateMachines(variables) {
  return machines(await observed(variables));
}

/** What TRACING, ACCESS_LOGS and WORKFLOW_LOGS turn on. Nothing of it exists on this machine. */
async function observed(variables) {
  if (isLocal()) return { hasAccessLog: false, isTraced: false };
  const { TRACING, ACCESS_LOGS, WORKFLOW_LOGS: logs = "off" } = await settings(variables);
  return { isTraced: TRACING === "on", hasAccessLog: ACCESS_LOGS === "on", level: WORKFLOW_LOGS[logs] };
}

/** The log of the API's requests. */
export async function apiLog(variables) {
  return accessLog((await observed(variables)).hasAccessLog);
}

/** The log of the workflows. */
export async function workflowLogs(variables) {
  return workflowLog(await observed(variables));
}

/** `functions` of serverless.yml. */
export async function functions(variables) {
  const deployment = await deploymentOf(variables);
  const { EVENT_CONCURRENCY } = await settings(variables);
  const { isTraced } = await observed(variables);
  const concurrency = EVENT_CONCURRENCY === undefined ? undefined : Number(EVENT_CONCURRENCY);
  return Object.fromEntries(
    functionDefinitions(loadProject().contracts, concurrency).map(({ name, configuration }) => [
      name,
      {
        name: functionName(name, deployment),
        ...configuration,
        ...(isTraced ? { tracing: "Active" } : {}),
      },
    ]),
  );
}

/** The sender in SES, and what becomes of its mails. */
export async function mailResources(variables) {
  const { MAIL_DOMAIN, MAIL_IDENTITY } = await settings(variables);
  return mail({ domain: MAIL_DOMAIN, isExisting: MAIL_IDENTITY === "existing" });
}

/** PUBLIC_DOMAIN. It does not lead to this machine. */
export async function publicDomainResources(variables) {
  const { PUBLIC_DOMAIN, PUBLIC_CERTIFICATE_ARN, PUBLIC_HOSTED_ZONE } = await settings(variables);
  return publicDomain(
    PUBLIC_DOMAIN === undefined || isLocal()
      ? undefined
      : {
          domain: PUBLIC_DOMAIN,
          certificateArn: PUBLIC_CERTIFICATE_ARN,
          hostedZoneId: PUBLIC_HOSTED_ZONE,
        },
  );
}

/** `custom.publicUrl` of serverless.yml. */
export async function publicUrl(variables) {
  const { PUBLIC_DOMAIN } = await settings(variables);
  return PUBLIC_DOMAIN === undefined
    ? { "Fn::Sub": `https://\${HttpApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}` }
    : `https://${PUBLIC_DOMAIN}`;
}

/** The limits of the HTTP API's routes. */
export function throttles() {
  return stageThrottles(functionDefinitions(loadProject().contracts));
}

/** The functions' roles, as a part of `resources` of serverless.yml. */
export async function roles(variables) {
  const { isTraced } = await observed(variables);
  return functionRoles(functionDefinitions(loadProject().contracts), await deploymentOf(variables), isTraced);
}

/** `custom.settings` of serverless.yml: those of the stage, or of this machine for the local stack. */
export async function settings({ resolveVariable }) {
  if (!isLocal()) return readStageFile(await resolveVariable("sls:stage")).values;
  const environment = withDotEnv(process.env, ".");
  const set = SETTING_NAMES.map((name) => [name, environment[name]?.trim()]);
  return Object.fromEntries(set.filter(([, value]) => value));
}

/** `provider.httpApi.cors` of serverless.yml. */
export async function cors(variables) {
  return corsFor((await settings(variables)).CORS_ORIGINS);
}

/** The alarms, as a part of `resources` of serverless.yml. */
export function alarms() {
  return allAlarms(functionDefinitions(loadProject().contracts));
}

/** The dashboard, as a part of `resources` of serverless.yml. Nobody looks at it on this machine. */
export async function dashboard(variables) {
  if (isLocal()) return {};
  const definitions = functionDefinitions(loadProject().contracts);
  const all = { ...allAlarms(definitions).Resources, ...eventQueues.Resources };
  return dashboardOf({
    definitions,
    workflows: statesOfWorkflows(),
    alarmIds: Object.keys(all).filter((id) => all[id].Type === "AWS::CloudWatch::Alarm"),
    prices: readPrices(),
    region: (await deploymentOf(variables)).region,
  });
}

/** The topic of the alarms, as a part of `resources` of serverless.yml. */
export async function alarmReceivers(variables) {
  const { ALARM_EMAIL: email = "", ALARM_SLACK: slack = "" } = await settings(variables);
  return alarmTopic({ email, slack });
}

/** `provider.region` of serverless.yml. local/plugin.ts refuses to deploy if another region is named, too. */
export async function region({ options, resolveVariable }) {
  if (isLocal()) return options.region ?? (withDotEnv(process.env, ".").AWS_REGION || DEFAULT_REGION);
  const file = readStageFile(await resolveVariable("sls:stage"));
  return claimedRegion(
    regionClaims(file, process.env, { option: options.region, profile: options["aws-profile"] }),
  );
}

/** Whether the framework runs the local stack, whose settings are those of this machine. */
const isLocal = () => process.argv[2] === "offline";

/** @returns {Promise<import("./names.ts").Deployment>} */
async function deploymentOf({ resolveVariable }) {
  const [service, stage, region] = await Promise.all(
    ["self:service", "sls:stage", "self:provider.region"].map((variable) => resolveVariable(variable)),
  );
  return { service, stage, region };
}

/** The tables, with what protects them. */
export async function tables(variables) {
  const protection = protectionOf(await variables.resolveVariable("sls:stage"), await settings(variables));
  const resourceOf = (table) =>
    isLocal() ? localTable(table) : tableResource(table, protection.protectsTables);
  return {
    Resources: {
      ...Object.fromEntries(TABLES.map((table) => [tableId(table), resourceOf(table)])),
      ...(await archive(variables)),
      TableNames: tableNamesResource(SERVICE, STAGE),
      ...(isLocal() ? {} : backups(protection).Resources),
    },
  };
}

/** The bucket of the audit log's archive. */
async function archive(variables) {
  const { AUDIT_RETENTION_DAYS = DEFAULT_RETENTION_DAYS } = await settings(variables);
  if (!isLocal()) return archiveBucket(Number(AUDIT_RETENTION_DAYS));
  const Properties = { BucketName: localArchiveName(SERVICE, STAGE) };
  return { [ARCHIVE_BUCKET]: { Type: "AWS::S3::Bucket", Properties } };
}

/** On this machine, names that people can type. */
function localTable(table) {
  const resource = tableResource(table);
  const TableName = localTableName(table, SERVICE, STAGE);
  return { ...resource, Properties: { TableName, ...resource.Properties } };
}
