/** A mail's HTML at the widths of a phone and of a desktop, for a light or a dark screen, and what goes with it. */
import { query, withQuery } from "../router.ts";

const WIDTHS = [
  [360, "phone"],
  [680, "desktop"],
] as const;

/** `path`: of the mail's HTML, below `/console/api/`, with the beginning of a query. */
export function MailFrames({ path }: { readonly path: string }) {
  const isDark = query.value.get("dark") === "1";
  const source = `/console/api/${path}${path.includes("?") ? "&" : "?"}dark=${isDark ? "1" : "0"}`;
  return (
    <>
      <p class="choice">
        <a href={withQuery({ dark: "" })} aria-current={isDark ? undefined : "true"}>
          Light
        </a>
        <a href={withQuery({ dark: "1" })} aria-current={isDark ? "true" : undefined}>
          Dark
        </a>
      </p>
      <div class="frames">
        {WIDTHS.map(([width, name]) => (
          <figure key={width} class={name}>
            <figcaption class="quiet">
              {name}, {width} px
            </figcaption>
            <iframe
              key={source}
              src={source}
              class={`mail ${name}`}
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              title={`The mail on a ${name}, ${width} px wide, ${isDark ? "dark" : "light"}`}
            />
          </figure>
        ))}
      </div>
      <p class="wide quiet">The mail on a desktop, 680 px wide, is shown in a wider window.</p>
    </>
  );
}

interface WordsProps {
  readonly text: string;
  readonly links: readonly string[];
}

export function MailWords({ text, links }: WordsProps) {
  return (
    <>
      <h2>Links</h2>
      {links.length === 0 ? (
        <p class="quiet">It has none.</p>
      ) : (
        <ul class="links">
          {links.map((address) => (
            <li key={address}>
              <a href={address} target="_blank" rel="noreferrer">
                {address}
                <span class="unseen"> (opens a new tab)</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <h2>As text</h2>
      <pre class="text">{text}</pre>
    </>
  );
}
