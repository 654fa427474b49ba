/** What the payer and the application were sent. */
import type { SentMail, SentNotification } from "../../scripts/console/objects/sent.ts";
import { IdLink } from "../parts/id-link.tsx";
import { Time } from "../parts/time.tsx";

export function Sent({
  mails,
  notifications,
}: {
  readonly mails: readonly SentMail[];
  readonly notifications: readonly SentNotification[];
}) {
  return (
    <section aria-labelledby="sent">
      <h2 id="sent">What was sent</h2>
      <h3>To the payer</h3>
      {mails.length === 0 ? (
        <p class="empty">No automatic mail. Those of workflows and of calls are on the line of time.</p>
      ) : (
        <ul>
          {mails.map(({ mail, state, at }) => (
            <li key={mail}>
              <code>{mail}</code> {state} {at !== undefined && <Time at={at} />}
            </li>
          ))}
        </ul>
      )}
      <h3>To the application</h3>
      {notifications.length === 0 ? (
        <p class="empty">
          Nothing was delivered to endpoints. What only the topic of notifications got is not recorded.
        </p>
      ) : (
        <ul>
          {notifications.map(({ id, type, deliveries }) => (
            <li key={id}>
              {type} <IdLink id={id} />
              <ul>
                {deliveries.map(({ endpointId, status, attempts, nextAttemptAt }) => (
                  <li key={endpointId}>
                    <code>{endpointId}</code> {status}
                    {attempts.map(({ at, result }) => (
                      <span key={at}>
                        {" "}
                        · {result} <Time at={at} />
                      </span>
                    ))}
                    {nextAttemptAt !== undefined && (
                      <>
                        {" "}
                        · again <Time at={nextAttemptAt} />
                      </>
                    )}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
