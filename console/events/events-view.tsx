/** Events: the inbox, the dead letters, the lag and the comparison with Stripe, each at an address of its own. */
import "./events.css";
import { href, path } from "../router.ts";
import { ComparisonView } from "./comparison-view.tsx";
import { DeadLettersView } from "./dead-letters-view.tsx";
import { EventView } from "./event-view.tsx";
import { InboxView } from "./inbox-view.tsx";
import { LagView } from "./lag-view.tsx";

const PARTS = [
  ["", "Inbox"],
  ["dead-letters", "Dead letters"],
  ["lag", "Lag"],
  ["comparison", "Compare with Stripe"],
] as const;

export function EventsView() {
  const [, part = ""] = path.value;
  return (
    <>
      <nav aria-label="Events" class="parts">
        {PARTS.map(([name, title]) => (
          <a
            key={name}
            href={name === "" ? href("events") : href("events", name)}
            aria-current={name === part ? "page" : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <Part name={part} />
    </>
  );
}

function Part({ name }: { readonly name: string }) {
  switch (name) {
    case "":
      return <InboxView />;
    case "dead-letters":
      return <DeadLettersView />;
    case "lag":
      return <LagView />;
    case "comparison":
      return <ComparisonView />;
    default:
      return <EventView key={name} eventId={name} />;
  }
}
