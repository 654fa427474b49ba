import { openLink } from "../checkout/open-link.ts";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { present } from "../present.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { escapeHtml, html, type Page, pageHtml } from "./page-html.ts";

const TITLE = "Payment link";

/** A payment link leads to a checkout session of its own for everybody who opens it. */
export function linkPage(emulator: Emulator, id: string, query: URLSearchParams): Page {
  const link = emulator.store.find("payment_link", id);
  if (link === undefined) return html(404, pageHtml(TITLE, "<p>There is no such payment link.</p>"));
  try {
    const session = openLink(contextFor(emulator), link, {
      ...present({
        clientReferenceId: query.get("client_reference_id") ?? undefined,
        email: query.get("prefilled_email") ?? undefined,
      }),
    });
    return { status: 303, headers: { location: session.url ?? "/" }, body: "" };
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error;
    return html(400, pageHtml(TITLE, `<p>${escapeHtml(error.body.message)}</p>`));
  }
}
