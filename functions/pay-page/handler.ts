/**
 * The page a payer opens from the mail. The link carries a signed payment intent id and no secret; the client secret is
 * fetched here and stands in the page only, because Stripe.js needs it. Whatever goes wrong, a payer sees a page.
 */
import { optionalEnv } from "../../lib/env.ts";
import { asProblem } from "../../lib/errors.ts";
import { describeCause, log } from "../../lib/log.ts";
import { publishableKey } from "../../lib/stripe.ts";
import { type HttpResponse, openRoute } from "../../lib/transport/http.ts";
import { assetResponse } from "./assets.ts";
import { findPayment } from "./find-payment.ts";
import { isLive, PAGE_STATES } from "./page-states.ts";
import { type PayPage, renderPage } from "./render-page.ts";
import { pageHeaders } from "./security-headers.ts";

export const handler = openRoute({}, async ({ pathParameters: { asset, token }, requestId }) =>
  asset === undefined ? pageResponse(await payPage(token ?? "", requestId)) : assetResponse(asset),
);

async function payPage(token: string, requestId: string): Promise<PayPage> {
  try {
    const found = await findPayment(token, new Date());
    return isLive(found.state) ? { ...found, publishableKey: publishableKey() } : found;
  } catch (thrown) {
    const problem = asProblem(thrown);
    log("error", {
      event: "pay-page.failed",
      requestId,
      code: problem.code,
      vendorRequestId: problem.vendorRequestId,
      cause: describeCause(problem.cause ?? problem),
    });
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
    body: renderPage(page, { stripeJsOrigin: emulator, businessName: optionalEnv("BUSINESS_NAME") }),
  };
}

/** Where the Stripe emulator is, when it stands in for Stripe. */
function emulatorOrigin(): string | undefined {
  const base = optionalEnv("STRIPE_API_BASE");
  return base === undefined ? undefined : new URL(base).origin;
}
