/**
 * The page on which a payer pays, or saves a card. The link contains a signed id and no secret. The client secret is fetched
 * here and put only into the page, because Stripe.js needs it. The payer sees a page even if something goes wrong.
 */
import { readSender } from "../../lib/email/sender.ts";
import { optionalEnv } from "../../lib/env.ts";
import { asProblem } from "../../lib/errors.ts";
import { acceptedLanguages } from "../../lib/languages/accepted-languages.ts";
import { logCall } from "../../lib/log.ts";
import { publishableKey } from "../../lib/stripe/publishable-key.ts";
import { subjectsAmong } from "../../lib/subject-ids.ts";
import { type HttpRequest, type HttpResponse, openRoute } from "../../lib/transport/http.ts";
import { assetResponse } from "./assets.ts";
import { findPayable } from "./find-payable.ts";
import { languageFor } from "./page-language.ts";
import { isLive, PAGE_STATES } from "./page-states.ts";
import { type PayPage, renderPage } from "./render-page.ts";
import { pageHeaders } from "./security-headers.ts";

export const handler = openRoute({}, async (request) => {
  const { asset } = request.pathParameters;
  if (asset !== undefined) return assetResponse(asset);
  return isFromBank(request) ? withoutSecret(request) : pageResponse(await payPage(request));
});

/** Back from the bank, the address has the client secret. */
function isFromBank({ query }: HttpRequest): boolean {
  return ["payment_intent_client_secret", "setup_intent_client_secret"].some((name) => name in query);
}

/** The same page at an address without the client secret, so that the secret does not stay in the browser's history. */
function withoutSecret({ path }: HttpRequest): HttpResponse {
  // Relative, because the page can be behind a prefix; "./" because a token with a colon would be another site.
  const location = `./${path.slice(path.lastIndexOf("/") + 1)}?returned=1`;
  return { status: 303, headers: { ...pageHeaders(undefined), location }, body: "" };
}

async function payPage(request: HttpRequest): Promise<PayPage> {
  const { pathParameters, query, headers, requestId, deadline, now } = request;
  const startedAt = now();
  const languageOf = languageFor(acceptedLanguages(headers["accept-language"]));
  let reference: string | undefined;
  const opened = (state: PayPage["state"]) => ({
    event: "pay-page.opened",
    requestId,
    ...subjectsAmong(reference),
    state,
    durationMs: now().getTime() - startedAt.getTime(),
  });
  try {
    const noteReference = (id: string) => {
      reference = id;
    };
    const opening = { now: startedAt, deadline, languageFor: languageOf, noteReference };
    const found = await findPayable(pathParameters.token ?? "", opening);
    const isReturning = query.returned !== undefined;
    const page = { ...found, isReturning, ...(isLive(found.state) && { publishableKey: publishableKey() }) };
    logCall({ ...opened(found.state), outcome: "succeeded" });
    return page;
  } catch (thrown) {
    const problem = asProblem(thrown);
    const stripeRequestId = problem.vendorRequestId;
    logCall({ ...opened("unavailable"), stripeRequestId, outcome: "failed" }, problem);
    return { state: "unavailable", kind: "payment", language: languageOf() };
  }
}

function pageResponse(page: PayPage): HttpResponse {
  const emulator = emulatorOrigin();
  return {
    status: PAGE_STATES[page.state].httpStatus,
    headers: {
      ...pageHeaders(emulator),
      "content-language": page.language.language,
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
