/** Ends every mail with the name of the business and the address for questions, whatever its template. Pure. */
import Mustache from "mustache";
import type { Sender } from "./sender.ts";

const HTML = `<p style="max-width:600px;margin:0 auto;padding:0 24px 24px;text-align:center;font-size:13px;line-height:1.5;overflow-wrap:anywhere">{{#businessName}}<strong>{{businessName}}</strong>{{#supportEmail}}<br>{{/supportEmail}}{{/businessName}}{{#supportEmail}}Questions? Write to <a href="mailto:{{supportEmail}}" style="color:inherit">{{supportEmail}}</a>.{{/supportEmail}}</p>`;
const TEXT = `
--
{{#businessName}}
{{{businessName}}}
{{/businessName}}
{{#supportEmail}}
Questions? Write to {{{supportEmail}}}.
{{/supportEmail}}
`;

export interface MailBody {
  readonly html: string;
  readonly text: string;
}

/** The bodies with the sender at their end; unchanged if nothing is known about the sender. */
export function signMail({ html, text }: MailBody, sender: Sender): MailBody {
  if (sender.businessName === undefined && sender.supportEmail === undefined) return { html, text };
  const signature = Mustache.render(HTML, sender);
  const end = html.toLowerCase().lastIndexOf("</body>");
  const at = end === -1 ? html.length : end;
  return {
    html: `${html.slice(0, at)}${signature}\n${html.slice(at)}`,
    text: `${text.trimEnd()}\n${Mustache.render(TEXT, sender)}`,
  };
}
