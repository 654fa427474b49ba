/** What the console shows, and as whom: on every view, and before every action. */

import { env } from "../../../lib/env.ts";
import { asProblem } from "../../../lib/errors.ts";
import { operatorOf } from "../../operator/operator-of.ts";
import { SERVER_ID } from "../server/act.ts";
import type { ConsoleContext, Route } from "../server/route.ts";

export interface ConsoleStatus {
  /** Another one after the console was started again. */
  readonly server: string;
  readonly target: ShownTarget;
}

export interface ShownTarget {
  /** Left out for the local stack. */
  readonly stage?: string;
  readonly region: string;
  /** As the audit log names who acts here, or why nobody can. */
  readonly operator: { readonly id: string } | { readonly problem: string };
  /** The AWS account of the identity. */
  readonly account?: string;
}

export const statusRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console/api/status",
    respond: async (_request, context): Promise<ConsoleStatus> => ({
      server: SERVER_ID,
      target: await shownTarget(context),
    }),
  },
];

async function shownTarget({ target }: ConsoleContext): Promise<ShownTarget> {
  const shown = { region: env("AWS_REGION"), ...(target.stage === undefined ? {} : { stage: target.stage }) };
  try {
    const { id } = await operatorOf(target);
    const account = accountOf(id);
    return { ...shown, operator: { id }, ...(account === undefined ? {} : { account }) };
  } catch (thrown) {
    return { ...shown, operator: { problem: asProblem(thrown).message } };
  }
}

/** `operator:arn:aws:sts::111122223333:assumed-role/support/ada` is of account 111122223333. */
export function accountOf(operatorId: string): string | undefined {
  return /arn:[\w-]+:\w+::(\d{12}):/.exec(operatorId)?.[1];
}
