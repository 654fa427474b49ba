/** What the console shows, and as whom: on every view, and before every action. */

import { env } from "../../../lib/env.ts";
import { asProblem } from "../../../lib/errors.ts";
import type { Principal } from "../../../lib/identity/principal.ts";
import { present } from "../../../lib/present.ts";
import type { StackSettings } from "../../../local/settings.ts";
import type { Target } from "../../command-line/command.ts";
import { operatorOf } from "../../operator/operator-of.ts";
import type { MonthProgress } from "../../sample-data/make-month.ts";
import { sampleProgress } from "../sample-data/sample-month.ts";
import { SERVER_ID } from "../server/act.ts";
import type { ConsoleContext, Route } from "../server/route.ts";
import { type ClockState, readClock } from "../time/clock.ts";
import { type PendingFault, readFaults } from "../time/faults.ts";
import { readAccess, type ShownAccess } from "./access.ts";

export interface ConsoleStatus {
  /** Another one after the console was started again. */
  readonly server: string;
  readonly target: ShownTarget;
  /** Left out for a deployed stage. */
  readonly local?: LocalState;
}

export interface LocalState {
  /** What to do if the stack does not run. */
  readonly problem?: string;
  /** Left out if the stack uses Stripe itself. */
  readonly clock?: ClockState;
  readonly faults: readonly PendingFault[];
  /** While a month of sample data is made. */
  readonly sample?: MonthProgress;
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
      ...(context.local === undefined ? {} : { local: await localState(context, context.local) }),
    }),
  },
  {
    method: "GET",
    path: "/console/api/access",
    respond: (_request, context): Promise<readonly ShownAccess[]> => readAccess(context),
  },
  {
    method: "POST",
    path: "/console/api/access/actions",
    does: "Checks that actions can be audited",
    respond: () => ({}),
  },
];

async function localState(context: ConsoleContext, { embedsStripe }: StackSettings): Promise<LocalState> {
  try {
    const [clock, faults] = await Promise.all([
      embedsStripe ? readClock(context) : undefined,
      readFaults(context),
    ]);
    return { faults, ...present({ clock, sample: sampleProgress() }) };
  } catch (thrown) {
    return { faults: [], problem: asProblem(thrown).message };
  }
}

async function shownTarget({ target }: ConsoleContext): Promise<ShownTarget> {
  const shown = { region: env("AWS_REGION"), ...(target.stage === undefined ? {} : { stage: target.stage }) };
  try {
    const { id } = await knownOperator(target);
    const account = accountOf(id);
    return { ...shown, operator: { id }, ...(account === undefined ? {} : { account }) };
  } catch (thrown) {
    return { ...shown, operator: { problem: asProblem(thrown).message } };
  }
}

/** STS need not be asked for every look at the page. */
const OPERATOR_FOR_MS = 60_000;
let known: { readonly operator: Principal; readonly until: number } | undefined;

async function knownOperator(target: Target): Promise<Principal> {
  if (known !== undefined && Date.now() < known.until) return known.operator;
  const operator = await operatorOf(target);
  known = { operator, until: Date.now() + OPERATOR_FOR_MS };
  return operator;
}

/** `operator:arn:aws:sts::111122223333:assumed-role/support/ada` is of account 111122223333. */
export function accountOf(operatorId: string): string | undefined {
  return /arn:[\w-]+:\w+::(\d{12}):/.exec(operatorId)?.[1];
}
