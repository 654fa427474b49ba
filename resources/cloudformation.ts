/** The parts of a CloudFormation template that code in this folder creates. */

export interface CloudFormationResource {
  readonly Type: string;
  /** The logical ids of resources that must exist first, without being referred to. */
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: "Retain" | "RetainExceptOnCreate";
  readonly UpdateReplacePolicy?: "Retain";
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** A statement of an IAM policy. */
export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly (object | "*")[];
  /** What must hold for the request, by operator and key: `{ StringEquals: { "ses:FromAddress": "..." } }`. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The ARN of a resource of the same template. */
export const arnOf = (logicalId: string) => ({ "Fn::GetAtt": [logicalId, "Arn"] });

/** An ARN in this account and region; a `${...}` in it is a variable of the framework or of CloudFormation. */
export const arnHere = (service: string, resource: string) => ({
  "Fn::Sub": `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
});

/** The framework's logical id of a function: `send-email` -> `SendDashemailLambdaFunction`. */
export const functionId = (name: string) => `${normalized(name)}LambdaFunction`;

/** The framework's logical id of the group of a function's logs. */
export const logGroupId = (name: string) => `${normalized(name)}LogGroup`;

/** The logical id of a function's role: `send-email` -> `SendDashemailRole`. */
export const roleId = (name: string) => `${normalized(name)}Role`;

function normalized(name: string): string {
  const words = name.replaceAll("-", "Dash").replaceAll("_", "Underscore");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
