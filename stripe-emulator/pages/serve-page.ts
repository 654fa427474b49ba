/** The pages and scripts that browsers load: the stand-in for Stripe.js, its frames, 3D Secure, receipts and invoices. */
import type { Emulator } from "../emulator/emulator.ts";
import { authenticationPage, finishedAuthentication } from "./authentication-page.ts";
import { checkoutPage, submittedCheckout } from "./checkout-page.ts";
import { instructionsPage } from "./instructions-page.ts";
import { invoicePage, submittedInvoice } from "./invoice-page.ts";
import { linkPage } from "./link-page.ts";
import type { Page } from "./page-html.ts";
import { portalPage, submittedPortal } from "./portal-page.ts";
import { receiptPage } from "./receipt-page.ts";
import { stripeJsAsset } from "./stripe-js-files.ts";

/** The response for a page or script, or undefined when there is none at this URL. */
export function servePage(emulator: Emulator, method: string, url: URL, body: string): Page | undefined {
  const path = url.pathname;
  const asset = method === "GET" ? stripeJsAsset(path) : undefined;
  if (asset !== undefined) {
    return {
      status: 200,
      headers: { ...asset.headers, "content-type": asset.contentType },
      body: asset.body,
    };
  }
  const [, , kind, id = "", ...rest] = path.split("/");
  if (!path.startsWith("/_emulator/") || rest.length > 0) return undefined;
  if (kind === "receipts" && method === "GET") return receiptPage(emulator, id);
  if (kind === "instructions" && method === "GET") return instructionsPage(emulator, id);
  if (kind === "invoices" && method === "GET")
    return invoicePage(emulator, id, url.searchParams.get("redirect_status"));
  if (kind === "invoices" && method === "POST") return submittedInvoice(emulator, id, body);
  if (kind === "checkout" && method === "GET")
    return checkoutPage(emulator, id, url.searchParams.get("redirect_status"));
  if (kind === "checkout" && method === "POST" && id !== "") return submittedCheckout(emulator, id, body);
  if (kind === "links" && method === "GET") return linkPage(emulator, id, url.searchParams);
  if (kind === "portal" && method === "GET") return portalPage(emulator, id);
  if (kind === "portal" && method === "POST") return submittedPortal(emulator, id, body);
  if (kind !== "3ds") return undefined;
  const embedded = url.searchParams.has("embedded");
  if (method === "GET") return authenticationPage(emulator, id, embedded);
  return method === "POST" ? finishedAuthentication(emulator, id, body, embedded) : undefined;
}
