/** Mails: those that were sent, and every template with its samples. */
import { inScheme } from "../../../local/mail-rendering.ts";
import type { Route } from "../server/route.ts";
import { mailContent } from "./mail-content.ts";
import { sampleHtml, samplePage, sendSample } from "./samples.ts";
import { keptMail, mailPage, sentPage } from "./sent.ts";

const isDark = (query: URLSearchParams) => query.get("dark") === "1";

export const mailRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console/api/mails",
    respond: (_request, context) => sentPage(context),
  },
  {
    method: "GET",
    path: "/console/api/mails/:id",
    respond: ({ parameters }, context) => mailPage(parameters.id ?? "", context),
  },
  {
    method: "GET",
    path: "/console/api/mails/:id/html",
    respond: async ({ parameters, query }, context) =>
      mailContent(inScheme((await keptMail(parameters.id ?? "", context)).html, isDark(query))),
  },
  {
    method: "GET",
    path: "/console/api/mail-samples",
    respond: ({ query }, context) => samplePage(query, context),
  },
  {
    method: "GET",
    path: "/console/api/mail-samples/html",
    respond: async ({ query }) => mailContent(inScheme(await sampleHtml(query), isDark(query))),
  },
  {
    method: "POST",
    path: "/console/api/mail-samples/send",
    does: "Sends a sample into the local mailbox",
    respond: ({ body }, context) => sendSample(body, context),
  },
];
