/** On the start page: what needs attention now, each with the way to its cause and repair. */
import { useEffect } from "preact/hooks";
import type { Findings } from "../../scripts/console/attention/find-findings.ts";
import "./attention.css";
import { Time } from "../parts/time.tsx";
import { href } from "../router.ts";
import { useLoaded } from "../server.ts";

const LOOK_EVERY_MS = 5_000;

/** What needs attention, read again every few seconds. */
export function useFindings() {
  const loaded = useLoaded<Findings>("attention");
  useEffect(() => {
    const timer = setInterval(loaded.reload, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return loaded;
}

export function NeedsAttention() {
  const { value } = useFindings();
  if (value === undefined) return null;
  const { findings, blind } = value;
  return (
    <section class="attention" aria-labelledby="attention-title" aria-live="polite">
      <h2 id="attention-title">{findings.length === 0 ? "✓ Nothing needs attention" : "Needs attention"}</h2>
      <ul>
        {findings.map(({ id, title, since }) => (
          <li key={id}>
            <span class="mark" aria-hidden="true">
              !
            </span>
            <a href={href("attention", id)}>{title}</a>
            <span class="quiet">
              since <Time at={since} />
            </span>
          </li>
        ))}
      </ul>
      {blind.map((text) => (
        <p key={text} class="quiet">
          {text}
        </p>
      ))}
    </section>
  );
}
