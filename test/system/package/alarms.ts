/** The alarms and the dashboard of the package. */
import { describe, expect, it } from "@jest/globals";
import { METRICS_NAMESPACE, type MetricName } from "../../../lib/metrics.ts";
import { fieldsOf } from "../../../lib/untrusted.ts";
import { alarms } from "../../../resources/alarms.ts";
import { functionId } from "../../../resources/cloudformation.ts";
import { eventQueues } from "../../../resources/event-queues.ts";
import { ALARMS_STACK, ALARMS_TEMPLATE } from "../../../resources/package-plugin.ts";
import { WATCHED_ALARMS } from "../../../scripts/deploy/watched-alarms.ts";
import { alarmsTemplate, DEFINITIONS, FOLDER, FUNCTIONS, resources, template, text } from "./packaged.ts";
import { CODE, hashOf } from "./zip-files.ts";

describe("given the package", () => {
  it("an alarm watches the metric of problems that only a person can fix", () => {
    expect(resources.PersonNeededAlarm?.Properties).toMatchObject({
      Namespace: METRICS_NAMESPACE,
      MetricName: "Alarms" satisfies MetricName,
      Dimensions: [{ Name: "stage", Value: "dev" }],
      Threshold: 0,
    });
  });

  it("an alarm watches the number of signatures that the webhook refuses on the whole stage", () => {
    expect(resources.WebhookRejectionsAlarm?.Properties).toMatchObject({
      Namespace: METRICS_NAMESPACE,
      MetricName: "SignatureRejections" satisfies MetricName,
      Dimensions: [{ Name: "stage", Value: "dev" }],
      Statistic: "Sum",
      Period: 300,
      Threshold: 5,
    });
  });

  it("every alarm is in it, and notifies the stage's topic", () => {
    const declared = Object.keys({
      ...alarms(DEFINITIONS).Resources,
      ...eventQueues.Resources,
    }).filter((id) => id.endsWith("Alarm"));
    const packaged = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm");
    expect(packaged.map(([id]) => id).sort()).toEqual(declared.sort());
    for (const [, { Properties }] of packaged)
      expect(Properties).toMatchObject({ AlarmActions: [{ Ref: "AlarmTopic" }] });
    expect(resources.AlarmTopic?.Properties.TopicName).toBe("contractspec-stripe-dev-alarms");
    expect(resources.HttpApi).toBeDefined();
  });

  it("the dashboard is beside the alarms, and refers to what the template has", () => {
    const { Dashboard } = alarmsTemplate.Resources;
    expect(Dashboard?.Type).toBe("AWS::CloudWatch::Dashboard");
    expect(text(Dashboard?.Properties.DashboardName)).toContain(`contractspec-stripe-dev-\${AWS::Region}`);
    const { "Fn::Sub": body } = JSON.parse(text(Dashboard?.Properties.DashboardBody));
    expect(text(JSON.parse(body))).not.toContain("sls:");
    for (const name of FUNCTIONS) expect(body).toContain(`\${${functionId(name)}}`);
  });

  it.each([
    ["ReconcilerFindsAlarm", "EventsMissing", 0, "notBreaching"],
    ["ReconcilerBehindAlarm", "ReconcilerLagSeconds", 3600, "missing"],
    ["DriftFoundAlarm", "DriftFound", 0, "notBreaching"],
    ["AuditNotArchivedAlarm", "AuditDaysNotArchived", 0, "missing"],
    ["DistrustedCallsAlarm", "ContextRejections", 0, "notBreaching"],
    ["DistrustedMessagesAlarm", "MessageRejections", 0, "notBreaching"],
  ] satisfies [string, MetricName, number, string][])(
    "%s watches %s, a metric that functions log",
    (alarm, metric, threshold, missing) => {
      expect(resources[alarm]?.Properties).toMatchObject({
        Namespace: METRICS_NAMESPACE,
        MetricName: metric,
        Dimensions: [{ Name: "stage", Value: "dev" }],
        Threshold: threshold,
        TreatMissingData: missing,
      });
    },
  );

  it("the alarms are a stack of their own, whose template is named by its content", () => {
    const own = Object.values(alarmsTemplate.Resources);
    expect(new Set(own.map(({ Type }) => Type))).toEqual(
      new Set(["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"]),
    );
    expect(Object.values(template.Resources).some(({ Type }) => Type === "AWS::CloudWatch::Alarm")).toBe(
      false,
    );
    const { "Fn::Sub": url } = fieldsOf(template.Resources[ALARMS_STACK]?.Properties.TemplateURL);
    expect(url).toBe(
      `https://\${ServerlessDeploymentBucket.RegionalDomainName}/${CODE}/alarms-${hashOf(`${FOLDER}/${ALARMS_TEMPLATE}`)}.json`,
    );
  });

  it("the alarms that undo a deployment are among them", () => {
    expect(Object.keys(alarmsTemplate.Resources)).toEqual(expect.arrayContaining([...WATCHED_ALARMS]));
  });
});
