/** The mails that were sent, newest first. */
import type { ClaimRow, MailRow, SentPage } from "../../scripts/console/mails/sent.ts";
import { IdLinks } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { useStream } from "../parts/use-stream.ts";
import { href } from "../router.ts";
import { useLoaded } from "../server.ts";
import { MailState } from "./mail-state.tsx";

export function SentView() {
  const { value, problem, reload } = useLoaded<SentPage>("mails");
  useStream(["mail", "call"], reload);
  return (
    <>
      <h1>Mails</h1>
      <Problem of={problem} />
      <p>
        <button type="button" onClick={reload}>
          Look again
        </button>
      </p>
      {value !== undefined && <Found page={value} />}
    </>
  );
}

function Found({ page: { mails, claims, isCut } }: { readonly page: SentPage }) {
  return (
    <>
      {mails === undefined ? (
        <p class="quiet">
          Contents are shown for the local mailbox only: a stage keeps neither the mails nor the addresses.
          These are its claims, by which each automatic mail is sent at most once.
        </p>
      ) : (
        <Sent mails={mails} />
      )}
      <h2>Claims of automatic mails</h2>
      {claims.length === 0 ? (
        <p class="quiet">
          There are none. AUTOMATIC_MAILS says which mails are sent about events; docs/mails.md explains it.
        </p>
      ) : (
        <Claims claims={claims} />
      )}
      {isCut && <p class="quiet">The newest {claims.length} only.</p>}
    </>
  );
}

function Sent({ mails }: { readonly mails: readonly MailRow[] }) {
  if (mails.length === 0) return <p class="empty">The mailbox is empty. Send a sample under “Templates”.</p>;
  return (
    <table class="cards">
      <thead>
        <tr>
          <th scope="col">Sent (UTC)</th>
          <th scope="col">State</th>
          <th scope="col">Subject</th>
          <th scope="col">To</th>
          <th scope="col">About</th>
        </tr>
      </thead>
      <tbody>
        {mails.map(({ id, at, subject, to, ids, state, reason }) => (
          <tr key={id}>
            <td>
              <Time at={at} />
            </td>
            <td>
              <MailState state={state} reason={reason} />
            </td>
            <th scope="row">
              <a href={href("mails", "sent", id)}>{subject}</a>
            </th>
            <td>{to}</td>
            <td>
              <IdLinks ids={ids} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Claims({ claims }: { readonly claims: readonly ClaimRow[] }) {
  return (
    <table class="cards">
      <thead>
        <tr>
          <th scope="col">Claimed (UTC)</th>
          <th scope="col">State</th>
          <th scope="col">Mail</th>
          <th scope="col">About</th>
        </tr>
      </thead>
      <tbody>
        {claims.map(({ mail, state, at, ids }) => (
          <tr key={mail}>
            <td>
              <Time at={at} />
            </td>
            <td>
              <MailState state={state} />
            </td>
            <th scope="row">{mail}</th>
            <td>
              <IdLinks ids={ids} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
