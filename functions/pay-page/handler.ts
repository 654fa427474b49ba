/**
 * The page a payer opens from the mail. The link contains a signed payment intent id and no secret. The client secret
 * is fetched here and put only into the page, because Stripe.js needs it. The payer sees a page even if something goes
 * wrong.
 */
import { readSender } from "../../lib/email/sender.ts";
import { optionalEnv } from "../../lib/env.ts";
import { asProblem } from "../../lib/errors.ts";
import { logCall } from "../../lib/log.ts";
import { publishableKey } from "../../lib/stripe/publishable-key.ts";
import { type HttpRequest, type HttpResponse, openRoute } from "../../lib/transport/http.ts";
import { assetResponse } from "./assets.ts";
import { findPayment } from "./find-payment.ts";
import { isLive, PAGE_STATES } from "./page-states.ts";
import { type PayPage, renderPage } from "./render-page.ts";
import { pageHeaders } from "./security-headers.ts";

export const handler = openRoute({}, async (request) => {
  const { asset } = request.pathParameters;
  return asset === undefined ? pageResponse(await payPage(request)) : assetResponse(asset);
});

async function payPage({ pathParameters, requestId, deadline, now }: HttpRequest): Promise<PayPage> {
  const startedAt = now();
  const opened = (state: PayPage["state"]) => ({
    event: "pay-page.opened",
    requestId,
    state,
    durationMs: now().getTime() - startedAt.getTime(),
  });
  try {
    const found = await findPayment(pathParameters.token ?? "", startedAt, deadline);
    const page = isLive(found.state) ? { ...found, publishableKey: publishableKey() } : found;
    logCall({ ...opened(found.state), outcome: "succeeded" });
    return page;
  } catch (thrown) {
    const problem = asProblem(thrown);
    const stripeRequestId = problem.vendorRequestId;
    logCall({ ...opened("unavailable"), stripeRequestId, outcome: "failed" }, problem);
    return { state: "unavailable" };
  }
}

function pageResponse(page: PayPage): HttpResponse {
  const emulator = emulatorOrigin();
  return {
    status: PAGE_STATES[page.state].httpStatus,
    headers: {
      ...pageHeaders(emulator),
      ...(page.state === "unavailable" ? { "retry-after": "30" } : {}),
    },
    body: renderPage(page, { stripeJsOrigin: emulator, ...readSender() }),
  };
}

/** The address of the Stripe emulator, if it replaces Stripe. */
function emulatorOrigin(): string | undefined {
  const base = optionalEnv("STRIPE_API_BASE");
  return base === undefined ? undefined : new URL(base).origin;
}
