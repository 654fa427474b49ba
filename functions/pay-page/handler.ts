/**
 * The page a payer opens from the mail. The link carries a signed payment intent id and no secret; the client secret is
 * fetched here and stands in the page only, because Stripe.js needs it.
 */
import type Stripe from "stripe";
import { payScript, payStyle } from "../../generated/pay-page-assets.ts";
import { env, optionalEnv } from "../../lib/env.ts";
import { asProblem } from "../../lib/errors.ts";
import { describeCause, log } from "../../lib/log.ts";
import { openPayToken } from "../../lib/pay-link/pay-token.ts";
import { secret } from "../../lib/secrets.ts";
import { stripe } from "../../lib/stripe.ts";
import { stripeProblem } from "../../lib/stripe-problem.ts";
import { type HttpRequest, type HttpResponse, openRoute } from "../../lib/transport/http.ts";
import { formPage, noticePage } from "./page.ts";
import { securityHeaders } from "./security-headers.ts";

const ASSETS: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  "/pay/assets/pay.js": { type: "text/javascript; charset=utf-8", text: payScript },
  "/pay/assets/pay.css": { type: "text/css; charset=utf-8", text: payStyle },
};

export const handler = openRoute({}, async (request) => {
  const asset = Object.hasOwn(ASSETS, request.path) ? ASSETS[request.path] : undefined;
  if (asset === undefined) return payPage(request);
  return {
    status: 200,
    headers: {
      "content-type": asset.type,
      "cache-control": "public, max-age=300",
      "x-content-type-options": "nosniff",
    },
    body: asset.text,
  };
});

async function payPage(request: HttpRequest): Promise<HttpResponse> {
  const opened = openPayToken(request.pathParameters.token ?? "", await secret("APP_SECRET"), new Date());
  if (opened.ok) return intentPage(opened.paymentIntentId, request.requestId);
  if (opened.reason === "expired") {
    return html(
      410,
      noticePage({
        title: "This link has expired",
        text: "Ask the sender for a new one. Nothing was charged.",
      }),
    );
  }
  return html(
    404,
    noticePage({
      title: "This link is not valid",
      text: "Open it again from the mail, whole. Nothing was charged.",
    }),
  );
}

async function intentPage(paymentIntentId: string, requestId: string): Promise<HttpResponse> {
  try {
    return pageOf(await (await stripe()).paymentIntents.retrieve(paymentIntentId));
  } catch (thrown) {
    const problem = stripeProblem(thrown) ?? asProblem(thrown);
    log("error", {
      event: "pay-page.failed",
      requestId,
      paymentIntentId,
      code: problem.code,
      cause: describeCause(problem.cause ?? problem),
    });
    return html(
      503,
      noticePage({
        title: "The payment cannot be opened now",
        text: "Try again in a minute. Nothing was charged.",
      }),
      { "retry-after": "30" },
    );
  }
}

function pageOf(intent: Stripe.PaymentIntent): HttpResponse {
  const money = { amount: intent.amount, currency: intent.currency };
  switch (intent.status) {
    case "succeeded":
    case "requires_capture":
      return html(
        200,
        noticePage({
          title: "This payment has been made",
          text: "There is nothing left to do. Thank you!",
          good: true,
          money,
        }),
      );
    case "processing":
      return html(
        200,
        noticePage({ title: "Your payment is being processed", text: "You may close this page.", money }),
      );
    case "canceled":
      return html(
        410,
        noticePage({ title: "This payment was canceled", text: "Nothing was charged.", money }),
      );
    default: {
      const base = optionalEnv("STRIPE_API_BASE");
      return html(
        200,
        formPage({
          ...money,
          description: intent.description ?? undefined,
          clientSecret: intent.client_secret ?? "",
          publishableKey: env("STRIPE_PUBLISHABLE_KEY"),
          stripeJs: base === undefined ? "https://js.stripe.com/v3/" : `${new URL(base).origin}/v3/`,
        }),
      );
    }
  }
}

function html(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const base = optionalEnv("STRIPE_API_BASE");
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      ...securityHeaders(base === undefined ? undefined : new URL(base).origin),
      ...headers,
    },
    body,
  };
}
