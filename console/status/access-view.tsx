/** What the identity of this shell may read of a deployed stage, and what does not work without it. */
import type { ShownAccess } from "../../scripts/console/status/access.ts";
import { Action } from "../parts/action.tsx";
import { Problem } from "../parts/problem.tsx";
import { useLoaded } from "../server.ts";

const WORDS = {
  granted: ["succeeded", "✓ granted"],
  missing: ["failed", "✕ missing"],
  unknown: ["waiting", "? not known"],
} as const;

export function AccessView() {
  const { value, problem } = useLoaded<readonly ShownAccess[]>("access");
  return (
    <>
      <h1>What this shell may read</h1>
      <p>
        The console reads with the AWS credentials of the shell that started it. Whatever is missing leaves
        the rest as it is. The section “Deployed stages” of docs/console.md has a policy with all of it.
      </p>
      <Problem of={problem} />
      <p>
        <Action
          label="Check that actions work"
          does="Writes an entry into the audit log under your name, and nothing else. Every action here writes one before it does anything."
          path="access/actions"
          tell={() => "Your entry is in the audit log."}
        />
      </p>
      {value !== undefined && (
        <table>
          <thead>
            <tr>
              <th scope="col">Permission</th>
              <th scope="col">Needed for</th>
              <th scope="col">Is</th>
            </tr>
          </thead>
          <tbody>
            {value.map(({ permissions, of, is, reason }) => (
              <tr key={permissions}>
                <td>
                  <code>{permissions}</code>
                </td>
                <td>{of}</td>
                <td>
                  <span class={`outcome ${WORDS[is][0]}`}>{WORDS[is][1]}</span>
                  {reason !== undefined && <div class="quiet">{reason}</div>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
