/**
 * Every mail with its samples, in every language, as a page next to the mailbox: `/mails`. It reads the templates, the layout and
 * the language files again for each view, so that a change shows when the page is loaded again.
 */
import Mustache from "mustache";
import { entryOf } from "../lib/untrusted.ts";
import { inScheme, mailsInFiles, renderSample } from "./mail-rendering.ts";
import { type MailSample, readMailSamples } from "./mail-samples.ts";

export interface PreviewAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The paths of the page and of the mails in its frames. */
export const PREVIEW_PATH = "/mails";
const MAIL_PATH = "/mails/mail";

/** The answer to a GET of `url` (`/mails?...`); undefined for any other path. `root` is the project's folder. */
export async function mailPreview(url: string, root = "."): Promise<PreviewAnswer | undefined> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  if (pathname !== PREVIEW_PATH && pathname !== MAIL_PATH) return undefined;
  process.env.APP_SECRET ||= "the preview signs links that open nothing";
  const samples = readMailSamples(root);
  const { mails, names, issues } = mailsInFiles(root);
  if (issues.length > 0) return { status: 500, type: "text/plain; charset=utf-8", body: issues.join("\n") };
  const asked = (name: string) => searchParams.get(name) ?? "";
  const sample = samples[Number(asked("sample"))] ?? samples[0];
  if (sample === undefined)
    return { status: 404, type: "text/plain", body: "There are no samples of mails." };
  const language = entryOf(names, asked("language")) === undefined ? "en" : asked("language");
  const mail = await renderSample(mails, sample, language);
  const isDark = asked("dark") === "1";
  if (pathname === MAIL_PATH)
    return asked("as") === "text"
      ? { status: 200, type: "text/plain; charset=utf-8", body: mail.text }
      : { status: 200, type: "text/html; charset=utf-8", body: inScheme(mail.html, isDark) };
  const address = (change: Readonly<Record<string, string>>, path = PREVIEW_PATH) => {
    const index = String(samples.indexOf(sample));
    return `${path}?${new URLSearchParams({ sample: index, language, dark: isDark ? "1" : "0", ...change })}`;
  };
  const body = Mustache.render(PAGE, {
    from: mail.from,
    subject: mail.subject,
    text: mail.text,
    isDark,
    light: address({ dark: "0" }),
    dark: address({ dark: "1" }),
    languages: Object.entries(names).map(([code, name]) => ({
      name,
      url: address({ language: code }),
      isShown: code === language,
    })),
    groups: groupsOf(samples).map(({ template, titles }) => ({
      template,
      titles: titles.map(({ title, index }) => ({
        title,
        url: address({ sample: String(index) }),
        isShown: samples[index] === sample,
      })),
    })),
    widths: [360, 680].map((width) => ({ width, url: address({}, MAIL_PATH) })),
  });
  return { status: 200, type: "text/html; charset=utf-8", body };
}

function groupsOf(samples: readonly MailSample[]) {
  return [...new Set(samples.map(({ template }) => template))].map((template) => ({
    template,
    titles: samples.flatMap(({ title, template: of }, index) => (of === template ? [{ title, index }] : [])),
  }));
}

const PAGE = /* html */ `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 260px 1fr; min-height: 100vh; }
nav { padding: 16px; border-right: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
nav h2 { margin: 16px 0 2px; font-size: 13px; }
nav p { margin: 0; }
main { padding: 16px 24px; min-width: 0; }
a { color: inherit; }
[aria-current] { font-weight: 700; text-decoration: none; }
.choice a { margin-right: 12px; }
.frames { display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-start; }
figure { margin: 16px 0; }
figcaption { font-size: 13px; opacity: .7; }
iframe { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); height: 900px; display: block; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 680px; }
</style>
</head>
<body>
<nav>
<h1>Mails</h1>
{{#groups}}
<h2>{{template}}</h2>
{{#titles}}
<p><a href="{{url}}"{{#isShown}} aria-current="page"{{/isShown}}>{{title}}</a></p>
{{/titles}}
{{/groups}}
</nav>
<main>
<p class="choice">{{#languages}}<a href="{{url}}"{{#isShown}} aria-current="page"{{/isShown}}>{{name}}</a>{{/languages}}</p>
<p class="choice"><a href="{{light}}"{{^isDark}} aria-current="page"{{/isDark}}>light</a><a href="{{dark}}"{{#isDark}} aria-current="page"{{/isDark}}>dark</a></p>
<p>From: {{from}}<br>Subject: <strong>{{subject}}</strong></p>
<div class="frames">
{{#widths}}
<figure><figcaption>{{width}} px</figcaption><iframe src="{{url}}" width="{{width}}" title="The mail, {{width}} px wide"></iframe></figure>
{{/widths}}
</div>
<h2>As text</h2>
<pre>{{text}}</pre>
</main>
</body>
</html>
`;
