/** A template with a sample, in a language: all three are in the address. */
import type { SamplePage } from "../../scripts/console/mails/samples.ts";
import { result } from "../events/result.tsx";
import { Action } from "../parts/action.tsx";
import { Problem } from "../parts/problem.tsx";
import { go, query, withQuery } from "../router.ts";
import { useLoaded } from "../server.ts";
import { MailFrames, MailWords } from "./mail-frames.tsx";

export function SampleView() {
  const chosen = new URLSearchParams(query.value);
  chosen.delete("dark");
  const { value, problem } = useLoaded<SamplePage>(`mail-samples?${chosen}`);
  return (
    <>
      <h1>Templates</h1>
      <Problem of={problem} />
      {value !== undefined && <Sample page={value} />}
    </>
  );
}

function Sample({ page }: { readonly page: SamplePage }) {
  const { template, title, language, from, subject, preheader, text, links, issues } = page;
  const named = new URLSearchParams({ template, sample: title, language });
  return (
    <>
      <Pickers page={page} />
      {issues.length > 0 && (
        <div class="problem" role="alert">
          <strong>The files have mistakes; a text that is missing is left out of the mail:</strong>
          <ul>
            {issues.map((issue) => (
              <li key={issue}>{issue}</li>
            ))}
          </ul>
        </div>
      )}
      <dl class="headers">
        <dt>From</dt>
        <dd>{from}</dd>
        <dt>Subject</dt>
        <dd>
          <strong>{subject}</strong>
        </dd>
        <dt>Preheader</dt>
        <dd>{preheader === "" ? <span class="quiet">none</span> : preheader}</dd>
      </dl>
      {page.canSend ? (
        <Senders page={page} />
      ) : (
        <p class="quiet">Samples are sent into the mailbox of the local stack only.</p>
      )}
      <MailFrames path={`mail-samples/html?${named}`} />
      <MailWords text={text} links={links} />
    </>
  );
}

function Pickers({ page }: { readonly page: SamplePage }) {
  const { templates, titles, languages, template, title, language } = page;
  return (
    <div class="filters">
      <label>
        Template
        <select onChange={({ currentTarget: { value } }) => go(withQuery({ template: value, sample: "" }))}>
          {templates.map((name) => (
            <option key={name} selected={name === template}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Sample
        <select onChange={({ currentTarget: { value } }) => go(withQuery({ sample: value }))}>
          {titles.map((name) => (
            <option key={name} selected={name === title}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Language
        <select onChange={({ currentTarget: { value } }) => go(withQuery({ language: value }))}>
          {languages.map(({ code, name }) => (
            <option key={code} value={code} lang={code} selected={code === language}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

const SENDERS = [
  ["mailbox", "Send to the mailbox", "Sends this sample to ada@example.com, into the local mailbox."],
  [
    "bounce",
    "Send, and let it bounce",
    "Sends this sample to bounce@simulator.amazonses.com: SES’s simulator reports that the address takes no mail.",
  ],
  [
    "complaint",
    "Send, and let the reader complain",
    "Sends this sample to complaint@simulator.amazonses.com: SES’s simulator reports it as spam.",
  ],
] as const;

function Senders({ page: { template, title, language } }: { readonly page: SamplePage }) {
  return (
    <div class="actions">
      {SENDERS.map(([reader, label, does]) => (
        <Action
          key={reader}
          label={label}
          does={does}
          path="mail-samples/send"
          body={{ template, sample: title, language, reader }}
          tell={result}
        />
      ))}
    </div>
  );
}
