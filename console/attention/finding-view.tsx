/** One finding: what is wrong, why, what repairs it, and what it was seen by. */
import { Command } from "../parts/command.tsx";
import { IdLinks } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { href, path } from "../router.ts";
import { EntryRow } from "../timeline/entry-row.tsx";
import { useFindings } from "./needs-attention.tsx";

export function FindingView() {
  const id = path.value[1] ?? "";
  const { value, problem } = useFindings();
  const finding = value?.findings.find((each) => each.id === id);
  if (value === undefined) return <Problem of={problem} />;
  if (finding === undefined)
    return (
      <>
        <h1>This is over</h1>
        <p>
          It does not need attention any more. <a href={href()}>Back to the time line</a>
        </p>
      </>
    );
  const { title, cause, repairs, ids, evidence } = finding;
  return (
    <>
      <h1>{title}</h1>
      <h2>Cause</h2>
      <p>{cause}</p>
      <h2>Repair</h2>
      <ol class="repairs">
        {repairs.map(({ does, command }) => (
          <li key={command}>
            {does}
            <Command text={command} />
          </li>
        ))}
      </ol>
      {ids.length > 0 && (
        <>
          <h2>Affected</h2>
          <p>
            <IdLinks ids={ids} />
          </p>
        </>
      )}
      {evidence.length > 0 && (
        <>
          <h2>Seen by</h2>
          <ol class="entries">
            {evidence.map((entry) => (
              <EntryRow key={entry.id} entry={entry} />
            ))}
          </ol>
        </>
      )}
    </>
  );
}
