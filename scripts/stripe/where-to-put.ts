/** Says where a new signing secret belongs. `value`: how to write it, such as `<secret>`. */
import type { Target } from "../command-line/command.ts";

export function whereToPut(value: string, { stage }: Target): string {
  const shown = "This is its signing secret; it is not shown again.";
  if (stage === undefined)
    return `${shown} Put it into .env as STRIPE_WEBHOOK_SECRET${value === "<secret>" ? "" : `=${value}`}, and restart the stack:`;
  // scripts/target.ts has set the region of the stage.
  const where = ` --region ${process.env.AWS_REGION}`;
  return `${shown} Put it where the webhook reads it, within five minutes:
aws ssm put-parameter --overwrite --type SecureString --name ${process.env.SECRETS_PATH}/STRIPE_WEBHOOK_SECRET --value ${value}${where}`;
}
