import { randomUUID } from "node:crypto";
import { payLinkIn, paymentIntentOn } from "../../../local/stack-client.ts";
import type { Incident } from "../incident.ts";
import { AMOUNT_CENTS, payAll, recordedAsPaid } from "../payments.ts";
import type { Scene } from "../scene.ts";

const WORKFLOW = "process-payment-and-receipt";
const PAYER = "late@example.com";
/** The link to pay works for seven days, and so long the run waits. */
const OVER_A_WEEK = 7 * 24 * 3600 + 60;

export const stuckRun: Incident = {
  name: "stuck-run",
  title: "A run waits for a payment that never comes",
  alarm: "ProcessPaymentAndReceiptRunsFailedAlarm",
  query:
    'filter event = "workflow.recorded" and status = "failed" | fields @timestamp, runId, status | sort @timestamp desc | limit 5',
  shows: /failed/,
  happen: async (scene) => {
    const { client } = scene;
    const runId = await start(scene);
    const unpaid = await intentOf(scene);
    await scene.passTime(OVER_A_WEEK);
    const run = await client.endedRun(WORKFLOW, runId);
    return {
      what: `the run has waited for a week, and is ${run.status}: ${run.error?.code ?? "no error"}`,
      find: async () => {
        const { body } = await client.call("GET", `/api/workflows/${WORKFLOW}/runs?status=failed`);
        scene.tell(
          "found",
          `GET /api/workflows/${WORKFLOW}/runs?status=failed\n${JSON.stringify(body).slice(0, 300)}`,
        );
        if (!JSON.stringify(body).includes(runId)) throw new Error("The list does not have the run");
      },
      repair: async () => {
        await start(scene);
        scene.done(`POST /api/workflows/${WORKFLOW}/runs: the payer gets another link`);
      },
      prove: async () => {
        const state = await client.recordedState(unpaid, ({ status }) => status === "canceled");
        const paid = await intentOf(scene, unpaid);
        await payAll(scene, [paid]);
        await client.mailTo(PAYER, /receipt/i);
        return [
          { what: "the payment that was too late", is: String(state.status), expected: "canceled" },
          await recordedAsPaid(scene, [paid]),
        ];
      },
    };
  },
};

function start({ client }: Scene): Promise<string> {
  return client.startRun(
    WORKFLOW,
    { customerEmail: PAYER, customerName: "Late", amount: AMOUNT_CENTS, currency: "usd" },
    randomUUID(),
  );
}

/** The payment of the newest link in the payer's mails, another one than `other`. */
async function intentOf({ client }: Scene, other?: string): Promise<string> {
  for (;;) {
    const link = payLinkIn(await client.mailTo(PAYER));
    const page = await fetch(link);
    if (page.ok) {
      const intent = paymentIntentOn(await page.text());
      if (intent !== other) return intent;
    }
    await new Promise((resume) => setTimeout(resume, 100));
  }
}
