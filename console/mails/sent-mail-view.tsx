/** One mail of the local mailbox. */
import type { MailPage } from "../../scripts/console/mails/sent.ts";
import { IdLink } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { useLoaded } from "../server.ts";
import { MailFrames, MailWords } from "./mail-frames.tsx";
import { MailState } from "./mail-state.tsx";

export function SentMailView({ id }: { readonly id: string }) {
  const path = `mails/${encodeURIComponent(id)}`;
  const { value, problem } = useLoaded<MailPage>(path);
  return (
    <>
      <h1>{value?.subject ?? "Mail"}</h1>
      <Problem of={problem} />
      {value !== undefined && (
        <>
          <Headers mail={value} />
          {value.hasHtml ? <MailFrames path={`${path}/html`} /> : <p class="quiet">It has no HTML.</p>}
          <MailWords text={value.text} links={value.links} />
        </>
      )}
    </>
  );
}

function Headers({ mail }: { readonly mail: MailPage }) {
  const { from, to, at, state, reason, ids, id, preheader } = mail;
  return (
    <dl class="headers">
      <dt>State</dt>
      <dd>
        <MailState state={state} reason={reason} />
      </dd>
      <dt>From</dt>
      <dd>{from}</dd>
      <dt>To</dt>
      <dd>{to}</dd>
      <dt>Sent</dt>
      <dd>
        <Time at={at} />
      </dd>
      <dt>Preheader</dt>
      <dd>{preheader === "" ? <span class="quiet">none</span> : preheader}</dd>
      <dt>SES’s id</dt>
      <dd>
        <code>{id}</code>
      </dd>
      {ids.length > 0 && (
        <>
          <dt>About</dt>
          <dd class="ids">
            {ids.map((each) => (
              <IdLink key={each} id={each} />
            ))}
          </dd>
        </>
      )}
    </dl>
  );
}
