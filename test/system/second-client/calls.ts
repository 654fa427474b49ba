/** The small suite's calls with the client in api.ts, which test/system/local-stack/typed-clients.ts generates from docs/openapi.json. */
import { randomUUID } from "node:crypto";
import { waitFor } from "../../../local/stack-client.ts";
import type { ClientCalls } from "../local-stack/client-calls.ts";
import { Api, type HttpResponse, type Problem } from "./api.ts";

export function callsOfSecondClient(baseUrl: string, apiKey: string): ClientCalls {
  const { api } = new Api<string>({
    baseUrl,
    securityWorker: () => ({ headers: { authorization: `Bearer ${apiKey}` } }),
  });
  const keyed = (key: string = randomUUID()) => ({
    headers: { "idempotency-key": key },
  });

  return {
    async createCustomer(email) {
      const { data } = await api.stripeCreateCustomer({ email }, keyed());
      return data.customerId;
    },
    async createPayment(customerId, amount, idempotencyKey) {
      const { data } = await api.stripeCreatePaymentIntent({ customerId, amount }, keyed(idempotencyKey));
      return data.paymentIntentId;
    },
    refusalOf: (amount) =>
      api.stripeCreatePaymentIntent({ amount }, keyed()).then(
        () => undefined,
        ({ error }: HttpResponse<unknown, Problem>) => ({
          status: error.status,
          code: error.code,
          paths: (error.issues ?? []).map(({ path }) => path),
        }),
      ),
    async payments(customerId) {
      const ids: string[] = [];
      let after: string | undefined;
      do {
        // Two literals, because the compiler finds unknown names in no spread.
        const { data } = await api.stripeListPayments(
          after === undefined ? { customerId, limit: 2 } : { customerId, limit: 2, after },
        );
        ids.push(...data.items.map(({ paymentIntentId }) => paymentIntentId));
        after = data.next;
      } while (after !== undefined);
      return ids;
    },
    async runPayment(payer, idempotencyKey) {
      const { data: started } = await api.startProcessPayment(payer, keyed(idempotencyKey));
      return waitFor(`the run ${started.runId}`, async () => {
        const { data: run } = await api.getProcessPaymentRun(started.runId);
        if (run.status === "running" || !("steps" in run)) return undefined;
        const completed = run.steps.filter(({ status }) => status === "completed");
        return { runId: run.runId, status: run.status, completedSteps: completed.map(({ id }) => id) };
      });
    },
  };
}
