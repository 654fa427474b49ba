import { describe, expect, it } from "@jest/globals";
import { splitResources } from "../../resources/nested-stack.ts";

const isAlarm = (type: string) => type === "Alarm";
const split = (resources: Record<string, unknown>) => splitResources(resources, isAlarm, "Alarms");

describe("given resources of which the alarms are moved into a nested stack", () => {
  it("what an alarm refers to is passed on, each value once", () => {
    const { kept, nested, parameters } = split({
      Api: { Type: "Api" },
      Queue: { Type: "Queue" },
      First: {
        Type: "Alarm",
        Properties: {
          Dimensions: [{ Value: { Ref: "Api" } }, { Value: { "Fn::GetAtt": ["Queue", "QueueName"] } }],
        },
      },
      Second: {
        Type: "Alarm",
        Properties: { Text: { "Fn::Sub": `\${Api} in \${AWS::Region}: \${Queue.QueueName}` } },
      },
    });
    expect(kept).toEqual({ Api: { Type: "Api" }, Queue: { Type: "Queue" } });
    expect(parameters).toEqual({
      Api: { Ref: "Api" },
      QueueQueueName: { "Fn::GetAtt": ["Queue", "QueueName"] },
    });
    expect(nested).toMatchObject({
      Parameters: { Api: { Type: "String" }, QueueQueueName: { Type: "String" } },
      Resources: {
        First: {
          Properties: { Dimensions: [{ Value: { Ref: "Api" } }, { Value: { Ref: "QueueQueueName" } }] },
        },
        Second: { Properties: { Text: { "Fn::Sub": `\${Api} in \${AWS::Region}: \${QueueQueueName}` } } },
      },
    });
  });

  it("alarms may refer to each other, and to AWS itself", () => {
    const First = { Type: "Alarm", Properties: { Region: { Ref: "AWS::Region" } } };
    const Both = { Type: "Alarm", Properties: { Rule: { "Fn::Sub": `ALARM(\${First})` } } };
    const { nested, parameters } = split({ First, Both });
    expect(parameters).toEqual({});
    expect(nested).toEqual(expect.objectContaining({ Resources: { First, Both } }));
    expect(nested).not.toHaveProperty("Parameters");
  });

  it.each([
    ["a value", { Properties: { Alarm: { Ref: "First" } } }],
    ["an attribute", { Properties: { Alarm: { "Fn::GetAtt": "First.Arn" } } }],
    ["a text", { Properties: { Alarm: { "Fn::Sub": `of \${First.Arn}` } } }],
    ["an order", { DependsOn: ["First"] }],
  ])("a resource that stays and refers to an alarm by %s is refused", (_, rest) => {
    expect(() => split({ First: { Type: "Alarm" }, Topic: { Type: "Topic", ...rest } })).toThrow(
      "Topic refers to First, which is in the nested stack",
    );
  });

  it("a parameter never has the name of an alarm", () => {
    expect(() =>
      split({
        Queue: { Type: "Queue" },
        QueueName: { Type: "Alarm", Properties: { Value: { "Fn::GetAtt": ["Queue", "Name"] } } },
      }),
    ).toThrow("QueueName is a resource, and cannot be a parameter, too");
  });
});
