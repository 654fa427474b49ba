import { describe, expect, it } from "@jest/globals";
import { templateMistakes } from "../../resources/template-mistakes.ts";

const REGION = "eu-central-1";
const mistakesIn = (Resources: Record<string, unknown>, rest: object = {}) =>
  templateMistakes({ Resources, ...rest }, REGION);
const queue = (QueueName: string) => ({ Type: "AWS::SQS::Queue", Properties: { QueueName } });
const named = (Name: unknown) => ({ Type: "AWS::SSM::Parameter", Properties: { Name } });

describe("given a template", () => {
  it("nothing is found in one that is right", () => {
    const Role = {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: `shop-prod-${REGION}`,
        Policies: [
          { PolicyDocument: { Resource: { "Fn::Sub": `arn:\${AWS::Partition}:sqs:\${AWS::Region}` } } },
        ],
      },
    };
    expect(mistakesIn({ Role, Queue: queue("shop-prod"), One: named({ Ref: "Queue" }) })).toEqual([]);
  });

  it("500 resources are accepted, and one more is not", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`Queue${index}`, queue(`q${index}`)]));
    expect(mistakesIn(many(500))).toEqual([]);
    expect(mistakesIn(many(501))).toEqual([
      "The template has 501 resources, and CloudFormation accepts 500.",
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "a reference to nothing",
      { One: named({ Ref: "Queue" }) },
      "One refers to Queue, which the template does not have.",
    ],
    [
      "an attribute of nothing",
      { One: named({ "Fn::Sub": `\${Queue.Arn}` }) },
      "One refers to Queue, which the template does not have.",
    ],
    [
      "a name that is too long",
      { Queue: queue("q".repeat(81)) },
      `Queue has the name ${"q".repeat(81)} with 81 characters, and can have 80.`,
    ],
    ["a name twice", { One: queue("q"), Two: queue("q") }, "Two and One have the same name, q."],
    [
      "a role without its region",
      { Role: { Type: "AWS::IAM::Role", Properties: { RoleName: "shop" } } },
      "Role has the name shop, which a stack in another region would have, too.",
    ],
    [
      "policies that are too long",
      {
        Role: { Type: "AWS::IAM::Role", Properties: { Policies: [{ PolicyDocument: "p".repeat(10_239) }] } },
      },
      "Role has policies of 10241 characters, and IAM accepts 10240.",
    ],
    [
      "an environment that is too large",
      { Function: { Type: "F", Properties: { Environment: { Variables: { A: "a".repeat(4_096) } } } } },
      "Function has an environment of 4104 bytes, and Lambda accepts 4096.",
    ],
    [
      "a partition",
      { One: named("arn:aws:sns:topic") },
      "One has a partition of AWS written out: arn:aws:sns:topic",
    ],
    ["an account", { One: named("of 123456789012") }, "One has an account written out: of 123456789012"],
    [
      "another region",
      { One: named("us-east-1.amazonaws.com") },
      "One names the region us-east-1, and is made for eu-central-1: us-east-1.amazonaws.com",
    ],
  ])("%s is found", (_, resources, mistake) => {
    expect(mistakesIn(resources)).toEqual([mistake]);
  });
});
