/** Who gets the alarms: the settings ALARM_EMAIL and ALARM_SLACK. Pure. */

export interface AlarmReceivers {
  /** Addresses, separated by commas; empty for none. SNS sends each of them a link that confirms the subscription. */
  readonly email: string;
  /** `<workspace>/<channel>`, the ids of a Slack workspace that AWS may use and of its channel; empty for none. */
  readonly slack: string;
}

const SLACK = /^(T[A-Z0-9]{1,20})\/([CG][A-Z0-9]{1,20})$/;

/** What is wrong with the receivers, one sentence each. */
export function receiverMistakes({ email, slack }: AlarmReceivers): string[] {
  return [
    ...addressesIn(email)
      .filter((address) => !/^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/.test(address))
      .map(() => "ALARM_EMAIL must be one or more addresses, separated by commas, such as ops@example.com"),
    ...(slack === "" || SLACK.test(slack)
      ? []
      : ["ALARM_SLACK must be <workspace id>/<channel id>, such as T0123456789/C0123456789"]),
  ];
}

/** The addresses of ALARM_EMAIL. */
export const addressesIn = (text: string): string[] =>
  text
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");

/** The ids in ALARM_SLACK; undefined if it is empty. */
export function slackChannelIn(text: string): { workspaceId: string; channelId: string } | undefined {
  const [, workspaceId, channelId] = SLACK.exec(text) ?? [];
  return workspaceId === undefined || channelId === undefined ? undefined : { workspaceId, channelId };
}
