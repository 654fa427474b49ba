/** The frame around every view, and which view an address shows. */
import type { ComponentType } from "preact";
import { FindingView } from "./attention/finding-view.tsx";
import { EventsView } from "./events/events-view.tsx";
import { FindView } from "./find/find-view.tsx";
import { MailsView } from "./mails/mails-view.tsx";
import { ObjectView } from "./objects/object-view.tsx";
import { PoliciesView } from "./policies/policies-view.tsx";
import { followLink, href, path } from "./router.ts";
import { RunsView } from "./runs/runs-view.tsx";
import { SearchBox } from "./search-box.tsx";
import { Strip } from "./status/strip.tsx";
import { TimelineView } from "./timeline/timeline-view.tsx";

interface View {
  /** In the navigation; left out for views that are reached from others. */
  readonly title?: string;
  readonly Content: ComponentType;
}

/** By the first part of the address. */
const VIEWS: Readonly<Record<string, View>> = {
  "": { title: "Time line", Content: TimelineView },
  attention: { Content: FindingView },
  find: { Content: FindView },
  objects: { Content: ObjectView },
  runs: { title: "Runs", Content: RunsView },
  policies: { title: "Policies", Content: PoliciesView },
  events: { title: "Events", Content: EventsView },
  mails: { title: "Mails", Content: MailsView },
};

export function App() {
  const [name = ""] = path.value;
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it handles the clicks of links, which are reachable by keyboard
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser turns Enter on a link into a click
    <div class="frame" onClick={followLink}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <a class="brand" href={href()}>
          Console
        </a>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([key, { title }]) =>
            title === undefined ? null : (
              <a
                key={key}
                href={href(...(key === "" ? [] : [key]))}
                aria-current={key === name ? "page" : undefined}
              >
                {title}
              </a>
            ),
          )}
        </nav>
        <SearchBox />
      </header>
      <Strip />
      <main id="main" tabIndex={-1}>
        {view === undefined ? <p class="empty">There is no view at this address.</p> : <view.Content />}
      </main>
    </div>
  );
}
