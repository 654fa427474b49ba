// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how CloudFormation writes a substitution
import { describe, expect, it } from "@jest/globals";
import { createResolver, mergeTemplates } from "../../local/template.ts";

const template = mergeTemplates(
  [
    { Resources: { Orders: { Type: "AWS::DynamoDB::Table", Properties: { TableName: "orders" } } } },
    {
      Resources: {
        Mails: { Type: "AWS::SQS::Queue", Properties: { QueueName: { "Fn::Sub": "mails-${AWS::Region}" } } },
      },
    },
  ],
  {
    Resources: {
      Unnamed: { Type: "AWS::SQS::Queue" },
      News: { Type: "AWS::SNS::Topic", Properties: { TopicName: "news" } },
      Pay: { Type: "AWS::StepFunctions::StateMachine", Properties: { StateMachineName: "pay" } },
      Sender: { Type: "AWS::SES::EmailIdentity", Properties: { EmailIdentity: "a@example.com" } },
      HttpApi: { Type: "AWS::ApiGatewayV2::Api", Properties: {} },
    },
  },
);
const resolve = createResolver(template, {
  region: "eu-central-1",
  stackName: "shop-dev",
  sqsEndpoint: "http://127.0.0.1:9324",
  functionNames: { SendDashemailLambdaFunction: "shop-dev-send-email" },
});

describe("resolving intrinsic functions locally", () => {
  it.each([
    ["a table's Ref", { Ref: "Orders" }, "orders"],
    [
      "a table's ARN",
      { "Fn::GetAtt": ["Orders", "Arn"] },
      "arn:aws:dynamodb:eu-central-1:000000000000:table/orders",
    ],
    ["a queue's Ref", { Ref: "Mails" }, "http://127.0.0.1:9324/000000000000/mails-eu-central-1"],
    [
      "a queue's ARN",
      { "Fn::GetAtt": "Mails.Arn" },
      "arn:aws:sqs:eu-central-1:000000000000:mails-eu-central-1",
    ],
    ["a queue's name", { "Fn::GetAtt": ["Mails", "QueueName"] }, "mails-eu-central-1"],
    ["a queue without a name", { "Fn::GetAtt": ["Unnamed", "QueueName"] }, "shop-dev-Unnamed"],
    ["a topic's Ref", { Ref: "News" }, "arn:aws:sns:eu-central-1:000000000000:news"],
    ["a state machine's Ref", { Ref: "Pay" }, "arn:aws:states:eu-central-1:000000000000:stateMachine:pay"],
    ["an identity's Ref", { Ref: "Sender" }, "a@example.com"],
    ["a pseudo parameter", { Ref: "AWS::StackName" }, "shop-dev"],
    [
      "a function's ARN",
      { "Fn::GetAtt": ["SendDashemailLambdaFunction", "Arn"] },
      "arn:aws:lambda:eu-central-1:000000000000:function:shop-dev-send-email",
    ],
    [
      "Fn::Sub with names and attributes",
      { "Fn::Sub": "${Orders}/${Mails.QueueName}/${!Raw}" },
      "orders/mails-eu-central-1/${Raw}",
    ],
    [
      "Fn::Sub with variables",
      { "Fn::Sub": ["${a}-${Orders}", { a: { Ref: "AWS::AccountId" } }] },
      "000000000000-orders",
    ],
    ["Fn::Join", { "Fn::Join": [":", ["x", { Ref: "Orders" }]] }, "x:orders"],
    ["nested values", { list: [{ Ref: "Orders" }], number: 1 }, { list: ["orders"], number: 1 }],
  ])("%s", (_, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  it.each([
    ["an unknown resource", { Ref: "Orderz" }, "no resource Orderz"],
    [
      "a resource with no local counterpart",
      { Ref: "HttpApi" },
      "HttpApi (AWS::ApiGatewayV2::Api) does not exist locally",
    ],
    ["an unknown attribute", { "Fn::GetAtt": ["Orders", "StreamArn"] }, "Orders.StreamArn has no value"],
    ["another intrinsic function", { "Fn::ImportValue": "x" }, "Fn::ImportValue is not resolved"],
  ])("%s is an error that names it", (_, value, message) => {
    expect(() => resolve(value)).toThrow(message);
  });
});
