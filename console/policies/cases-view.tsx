/** The cases of policies/*.cases.md with their results now. */
import type { CaseList, CaseView } from "../../scripts/console/policies/routes.ts";
import { Problem } from "../parts/problem.tsx";
import { go, href, query, withQuery } from "../router.ts";
import { Reading } from "../runs/reading.tsx";
import { ShellCommand } from "../runs/shell-command.tsx";
import { useLoaded } from "../server.ts";

/** More are shown on request. */
const MOST_ROWS = 100;

export function CasesView() {
  const { value, problem } = useLoaded<CaseList>("policies/cases");
  if (value === undefined)
    return (
      <>
        <Problem of={problem} />
        <Reading value={value} problem={problem} />
      </>
    );
  const failed = value.cases.filter(({ difference }) => difference !== undefined);
  const isAll = query.value.has("all");
  const fitting = value.cases.filter(fits);
  const shown = isAll ? fitting : fitting.slice(0, MOST_ROWS);
  return (
    <>
      <p>
        <strong>{value.cases.length} cases</strong>,{" "}
        {failed.length === 0 ? "all of them pass" : `${failed.length} fail`}.{" "}
        {value.missing.length === 0 ? "No rule and no role is without a case." : ""}
      </p>
      {value.missing.length > 0 && (
        <ul class="problem">
          {value.missing.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      <ShellCommand text="npm run policy -- test" label="The same by a command" />
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Choice label="Rule" name="rule" values={value.cases.map(({ ruleId }) => ruleId)} />
        <Choice label="Resource" name="capability" values={value.cases.map(({ capability }) => capability)} />
        <Choice label="Result" name="result" values={["passed", "failed"]} />
      </form>
      {fitting.length === 0 ? (
        <p class="empty">No case fits.</p>
      ) : (
        <Cases cases={shown} of={fitting.length} />
      )}
      {shown.length < fitting.length && <a href={withQuery({ all: "1" })}>Show all {fitting.length}</a>}
    </>
  );
}

function fits({ ruleId, capability, difference }: CaseView): boolean {
  const wanted = (name: string, value: string) => (query.value.get(name) ?? value) === value;
  return (
    wanted("rule", ruleId) &&
    wanted("capability", capability) &&
    wanted("result", difference === undefined ? "passed" : "failed")
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly values: readonly string[];
}

function Choice({ label, name, values }: ChoiceProps) {
  return (
    <div>
      <label for={`filter-${name}`}>{label}</label>
      <select
        id={`filter-${name}`}
        value={query.value.get(name) ?? ""}
        onChange={({ currentTarget: { value } }) =>
          go(withQuery({ [name]: value, all: "" }), { replaces: true })
        }
      >
        <option value="">all</option>
        {[...new Set(values)].sort().map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    </div>
  );
}

function Cases({ cases, of }: { readonly cases: readonly CaseView[]; readonly of: number }) {
  return (
    <table class="run-rows">
      <caption class="unseen">
        {cases.length} of {of} cases
      </caption>
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col">Does</th>
          <th scope="col">Decision</th>
          <th scope="col">By rule</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {cases.map((row) => (
          <tr key={row.place}>
            <th scope="row">{row.who}</th>
            <td>
              <a href={`${href("policies")}?${row.query}`}>
                {row.action} {row.capability}
              </a>
              <div class="quiet">{row.place}</div>
            </td>
            <td>{row.decision}</td>
            <td>{row.ruleId}</td>
            <td>
              {row.difference === undefined ? (
                <span class="state good">
                  <span aria-hidden="true">✓</span> passed
                </span>
              ) : (
                <>
                  <span class="state bad">
                    <span aria-hidden="true">✕</span> failed
                  </span>
                  <div>{row.difference}</div>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
