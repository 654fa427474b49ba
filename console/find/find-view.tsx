/** What the search has found. A single thing shows its page at once. */
import "../objects/objects.css";
import { useEffect } from "preact/hooks";
import type { FindPage } from "../../scripts/console/find/routes.ts";
import { Copied } from "../parts/copied.tsx";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { go, query } from "../router.ts";
import { useLoaded } from "../server.ts";

export function FindView() {
  const text = query.value.get("q") ?? "";
  const { value, problem } = useLoaded<FindPage>(`find?q=${encodeURIComponent(text)}`);
  const found = value?.text === text.trim() ? value : undefined;
  const only = found?.rows.length === 1 ? found.rows[0] : undefined;
  useEffect(() => {
    if (only !== undefined) go(only.page, { replaces: true });
  }, [only]);
  return (
    <div class="object">
      <h1>Search</h1>
      <Problem of={problem} />
      <div aria-live="polite">
        {found === undefined ? (
          problem === undefined && <p class="empty">Looking …</p>
        ) : (
          <Result {...found} />
        )}
      </div>
    </div>
  );
}

function Result({ text, readAs, rows, where, limits, command }: FindPage) {
  return (
    <>
      <p>
        {rows.length === 0 ? "Nothing has " : `${rows.length} found for `}
        <strong>{text}</strong>. It was read as {readAs}.
      </p>
      {rows.length === 0 && <p>Searched: {where.join(", ")}.</p>}
      {limits.map((limit) => (
        <p key={limit} class="quiet">
          {limit}.
        </p>
      ))}
      {rows.length > 0 && <Rows rows={rows} />}
      <h2>The same as a command</h2>
      <Copied text={command} />
    </>
  );
}

function Rows({ rows }: Pick<FindPage, "rows">) {
  return (
    <table class="stacked">
      <thead>
        <tr>
          <th scope="col">Kind</th>
          <th scope="col">Id</th>
          <th scope="col">Status</th>
          <th scope="col">Amount</th>
          <th scope="col">Changed (UTC)</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ kind, id, status, amount, changedAt, page }) => (
          <tr key={id}>
            <td>{kind}</td>
            <td>
              <a class="id" href={page}>
                <code>{id}</code>
              </a>
            </td>
            <td>{status}</td>
            <td>{amount}</td>
            <td>{changedAt !== undefined && <Time at={changedAt} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
