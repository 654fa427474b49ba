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
import { AccessView } from "./status/access-view.tsx";
import { status } from "./status/status.ts";
import { Strip } from "./status/strip.tsx";
import { TimeView } from "./time/time-view.tsx";
import { TimelineView } from "./timeline/timeline-view.tsx";

interface View {
  /** In the navigation; left out for views that are reached from others. */
  readonly title?: string;
  /** Only the local stack has what it shows: the console of a deployed stage does not list it. */
  readonly isLocal?: true;
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
  access: { Content: AccessView },
  time: { title: "Time and faults", isLocal: true, Content: TimeView },
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
          {Object.entries(VIEWS).map(([key, { title, isLocal }]) =>
            title === undefined || (isLocal && status.value?.local === undefined) ? null : (
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
      <main id="main" class={`view-${name === "" ? "timeline" : name}`} tabIndex={-1}>
        {view === undefined ? <p class="empty">There is no view at this address.</p> : <view.Content />}
      </main>
    </div>
  );
}
