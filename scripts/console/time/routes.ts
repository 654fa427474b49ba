/** Time and faults of the local stack. A deployed stage has none of it. */
import { fieldOf } from "../../../lib/untrusted.ts";
import type { MonthProgress } from "../../sample-data/make-month.ts";
import { makeSampleMonth } from "../sample-data/sample-month.ts";
import type { Route } from "../server/route.ts";
import { type ClockState, moveClock, readClock, type Step, usualSteps } from "./clock.ts";
import { FAULT_FORMS, type FaultForm } from "./fault-forms.ts";
import { orderFault, type PendingFault, readFaults, takeBackFaults } from "./faults.ts";
import { type PaidAs, payAs, TEST_CARDS, type TestCard } from "./payer.ts";
import { resetStack } from "./reset.ts";
import { emulatorOf } from "./stack-control.ts";

export interface TimePage {
  readonly clock: ClockState;
  readonly steps: readonly Step[];
  readonly faults: readonly PendingFault[];
  readonly forms: readonly FaultForm[];
  readonly cards: readonly TestCard[];
  /** The address of the Stripe emulator. */
  readonly emulator: string;
}

export const timeRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console/api/time",
    respond: async (_request, context): Promise<TimePage> => {
      const clock = await readClock(context);
      return {
        clock,
        steps: usualSteps(new Date(clock.now)),
        faults: await readFaults(context),
        forms: FAULT_FORMS,
        cards: TEST_CARDS,
        emulator: emulatorOf(context),
      };
    },
  },
  {
    method: "POST",
    path: "/console/api/time/clock",
    does: "Moves the clock of the local stack forward",
    respond: ({ body }, context): Promise<ClockState> => moveClock(context, body),
  },
  {
    method: "POST",
    path: "/console/api/time/faults",
    does: "Orders a fault of the local stack",
    respond: ({ body }, context): Promise<readonly PendingFault[]> => orderFault(context, body),
  },
  {
    method: "POST",
    path: "/console/api/time/faults/withdraw",
    does: "Takes faults of the local stack back",
    respond: ({ body }, context): Promise<readonly PendingFault[]> =>
      takeBackFaults(context, fieldOf(body, "kind")),
  },
  {
    method: "POST",
    path: "/console/api/time/sample-data",
    does: "Makes a month of sample data on the local stack",
    respond: ({ body }, context): Promise<MonthProgress> => makeSampleMonth(context, body),
  },
  {
    method: "POST",
    path: "/console/api/time/reset",
    does: "Empties the local stack",
    setsClockBack: true,
    respond: (_request, context): Promise<{ readonly items: number }> => resetStack(context),
  },
  {
    method: "POST",
    path: "/console/api/time/pay/:paymentId",
    does: "Pays as the payer, with a test card",
    respond: ({ parameters, body }, context): Promise<PaidAs> =>
      payAs(context, parameters.paymentId ?? "", fieldOf(body, "card")),
  },
];
