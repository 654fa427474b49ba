/** What can be done next, with commands to copy, and what cannot. */
import type { NextStep } from "../../scripts/console/objects/next-steps.ts";
import { Copied } from "../parts/copied.tsx";

export function NextSteps({ steps }: { readonly steps: readonly NextStep[] }) {
  const possible = steps.flatMap(({ command, ...step }) =>
    command === undefined ? [] : [{ ...step, command }],
  );
  const others = steps.filter(({ command }) => command === undefined);
  return (
    <section aria-labelledby="next">
      <h2 id="next">What you can do next</h2>
      <ul class="steps">
        {possible.map(({ title, about, command }) => (
          <li key={title}>
            <details>
              <summary>
                <strong>{title}</strong> <span class="quiet">{about}</span>
              </summary>
              <Copied text={command} />
            </details>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <details>
          <summary>What does not apply now</summary>
          <dl class="facts">
            {others.map(({ title, about }) => (
              <div key={title}>
                <dt>{title}</dt>
                <dd>{about}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}
