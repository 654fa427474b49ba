/** What the time line shows. Every choice is in the address. */
import type { TimelineSummary } from "../../scripts/console/timeline/routes.ts";
import { grouped } from "../parts/grouped.ts";
import { go, query, withQuery } from "../router.ts";
import { Swatch } from "./swatch.tsx";

interface OfSummary {
  readonly summary: TimelineSummary;
}

const choose = (changes: Readonly<Record<string, string | readonly string[]>>) =>
  go(withQuery(changes), { replaces: true });

export function Filters({ summary }: OfSummary) {
  const { kinds, outcomes, allKinds, allOutcomes, principals, routine, total, size } = summary;
  const isRoutine = query.value.get("routine") === "1";
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <Choices label="Kind" parameter="kind" names={allKinds} counts={kinds} />
      <Choices label="Outcome" parameter="outcome" names={allOutcomes} counts={outcomes} hasSwatches />
      <div class="choices">
        <label>
          Principal{" "}
          <select
            value={query.value.get("principal") ?? ""}
            onChange={({ currentTarget }) => choose({ principal: currentTarget.value })}
          >
            <option value="">everybody</option>
            {withChosen(principals).map(({ name, count }) => (
              <option key={name} value={name}>
                {name} ({grouped(count)})
              </option>
            ))}
          </select>
        </label>
        {(routine > 0 || isRoutine) && (
          <label>
            <input
              type="checkbox"
              checked={isRoutine}
              onChange={({ currentTarget }) => choose({ routine: currentTarget.checked ? "1" : "" })}
            />{" "}
            with schedules that found nothing ({grouped(routine)})
          </label>
        )}
        <span class="quiet">
          {grouped(total)} of {grouped(size)} entries
        </span>
      </div>
      <Narrowed />
    </form>
  );
}

interface ChoicesProps {
  readonly label: string;
  readonly parameter: string;
  readonly names: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly hasSwatches?: boolean;
}

/** Those that there are, and those that are chosen; none chosen shows all. */
function Choices({ label, parameter, names, counts, hasSwatches = false }: ChoicesProps) {
  const chosen = query.value.getAll(parameter);
  const toggle = (name: string) =>
    choose({
      [parameter]: chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name],
    });
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      {names
        .filter((name) => counts[name] !== undefined || chosen.includes(name))
        .map((name) => (
          <button
            key={name}
            type="button"
            class="choice"
            aria-pressed={chosen.includes(name)}
            onClick={() => toggle(name)}
          >
            {hasSwatches && <Swatch outcome={name} />}
            {name} <span class="count">{grouped(counts[name] ?? 0)}</span>
          </button>
        ))}
      {chosen.length > 0 && (
        <a href={withQuery({ [parameter]: "" })}>
          all<span class="unseen"> of {label.toLowerCase()}</span>
        </a>
      )}
    </fieldset>
  );
}

function withChosen(principals: TimelineSummary["principals"]): TimelineSummary["principals"] {
  const chosen = query.value.get("principal");
  return chosen === null || principals.some(({ name }) => name === chosen)
    ? principals
    : [...principals, { name: chosen, count: 0 }];
}

/** The id and the time to which the line is narrowed. */
function Narrowed() {
  const [id, from, to] = ["id", "from", "to"].map((name) => query.value.get(name));
  const isTimed = from != null || to != null;
  if (id == null && !isTimed) return null;
  const time = (text: string | null | undefined) =>
    text == null ? "…" : new Date(Number(text)).toISOString().replace("T", " ").replace(".000Z", "");
  return (
    <p class="choices">
      {id != null && (
        <span>
          Only what has <code>{id}</code>: <a href={withQuery({ id: "" })}>show everything</a>
        </span>
      )}
      {isTimed && (
        <span>
          Only from {time(from)} to {time(to)} UTC:{" "}
          <a href={withQuery({ from: "", to: "" })}>show all times</a>
        </span>
      )}
    </p>
  );
}
