/** How far behind the consumers are, and what the webhook has refused. */
import type { LagPage, QueueState } from "../../scripts/console/events/lag-page.ts";
import type { Refusal } from "../../scripts/console/events/refusals.ts";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { useStream } from "../parts/use-stream.ts";
import { href } from "../router.ts";
import { useLoaded } from "../server.ts";
import { duration } from "./inbox-view.tsx";
import { LagChart } from "./lag-chart.tsx";

export function LagView() {
  const { value, problem, reload } = useLoaded<LagPage>("event-lag");
  useStream(["event"], reload);
  return (
    <>
      <h1>Lag</h1>
      <Problem of={problem} />
      {value?.logProblem !== undefined && (
        <p class="problem">
          The figures are not complete, because the log could not be read: {value.logProblem}
        </p>
      )}
      {value !== undefined && <Figures page={value} />}
    </>
  );
}

function Figures({ page: { lag, queues, refusals, now } }: { readonly page: LagPage }) {
  return (
    <>
      {refusals.length > 0 && <Refusals refusals={refusals} />}
      <h2>From Stripe’s creation to applied, in the last hour</h2>
      {lag.count === 0 ? (
        <p class="empty">Nothing was applied in the last hour.</p>
      ) : (
        <>
          <dl class="figures">
            <Figure term="Events" text={String(lag.count)} />
            <Figure term="Median" text={duration(lag.median ?? 0)} />
            <Figure term="95th percentile" text={duration(lag.percentile95 ?? 0)} />
            <Figure term="Worst" text={duration(lag.worst ?? 0)} />
          </dl>
          <LagChart lag={lag} />
        </>
      )}
      <h2>Queues</h2>
      <Queues queues={queues} now={now} />
    </>
  );
}

function Figure({ term, text }: { readonly term: string; readonly text: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function Queues({ queues, now }: { readonly queues: readonly QueueState[]; readonly now: number }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col">Waiting</th>
          <th scope="col">In flight</th>
          <th scope="col">Oldest</th>
          <th scope="col">Dead</th>
        </tr>
      </thead>
      <tbody>
        {queues.map(({ queue, waiting, inFlight, oldestAt, dead }) => (
          <tr key={queue}>
            <th scope="row">{queue}</th>
            <td>{waiting}</td>
            <td>{inFlight}</td>
            <td>{oldestAt !== undefined && duration(Math.max(0, now - oldestAt))}</td>
            <td>
              {dead === 0 ? (
                "0"
              ) : (
                <a class="outcome failed" href={href("events", "dead-letters")}>
                  <span aria-hidden="true">✕</span> {dead}
                </a>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Refusals({ refusals }: { readonly refusals: readonly Refusal[] }) {
  return (
    <section class="panel refusals" aria-label="Refused by the webhook">
      <h2>
        <span aria-hidden="true">⊘</span> The webhook has refused requests in the last day
      </h2>
      {refusals.map(({ reason, count, firstAt, lastAt, likelyCause, whatToDo }) => (
        <div key={reason}>
          <h3>
            {count} × {reason}
          </h3>
          <p>
            <strong>Likely cause:</strong> {likelyCause}
          </p>
          <p>
            <strong>What to do:</strong> {whatToDo}{" "}
            <a href={href("events", "comparison")}>Compare with Stripe</a>
          </p>
          <p class="quiet">
            From <Time at={firstAt} /> to <Time at={lastAt} />
          </p>
        </div>
      ))}
    </section>
  );
}
