/** Every alarm of the template, with the names that its resources have on this machine. */
import { createResolver, mergeTemplates, type TemplateResource } from "../../local/template.ts";
import { alarmTopic } from "../../resources/alarm-topic.ts";
import { alarms } from "../../resources/alarms.ts";
import { functionId } from "../../resources/cloudformation.ts";
import { eventQueues } from "../../resources/event-queues.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { mail } from "../../resources/mail.ts";
import { localTableName, TABLES, tableId, tableResource } from "../../resources/tables.ts";
import { loadProject } from "../generate/load-project.ts";
import { type Alarm, readAlarm } from "./evaluate-alarm.ts";
import { LOCAL_API_ID } from "./metrics.ts";

export interface LocalStage {
  readonly service: string;
  readonly stage: string;
  readonly region: string;
}

/** The alarms, in the order of the template. */
export function stageAlarms({ service, stage, region }: LocalStage): Alarm[] {
  const definitions = functionDefinitions(loadProject().contracts);
  const named = ({ Resources }: { readonly Resources: object }) =>
    JSON.parse(
      JSON.stringify({ Resources })
        .replaceAll(`\${self:service}`, service)
        .replaceAll(`\${sls:stage}`, stage),
    );
  const tables = Object.fromEntries(
    TABLES.map((table) => {
      const { Properties, ...resource } = tableResource(table);
      const TableName = localTableName(table, service, stage);
      return [tableId(table), { ...resource, Properties: { ...Properties, TableName } }];
    }),
  );
  const topics = { NotificationsTopic: topic(`${service}-${stage}-notifications`), HttpApi: HTTP_API };
  const template = mergeTemplates(
    ...[alarms(definitions), eventQueues, alarmTopic({ email: "", slack: "" })].map(named),
    named(mail({ isExisting: false })),
    { Resources: { ...tables, ...topics } },
  );
  const resolve = createResolver(template, {
    region,
    stackName: `${service}-${stage}`,
    sqsEndpoint: "",
    functionNames: {
      ...Object.fromEntries(definitions.map(({ name }) => [functionId(name), `${service}-${stage}-${name}`])),
      // The resolver knows no HTTP API: here, its id is as good as a name.
      [LOCAL_API_ID]: LOCAL_API_ID,
    },
  });
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm")
    .map(([id, { Properties }]) => {
      const { AlarmActions, OKActions, InsufficientDataActions, ...others } = Properties;
      return readAlarm(id, Object(resolve(others)));
    });
}

const HTTP_API: TemplateResource = { Type: "AWS::ApiGatewayV2::Api", Properties: {} };
const topic = (TopicName: string): TemplateResource => ({
  Type: "AWS::SNS::Topic",
  Properties: { TopicName },
});
