/** Mails: those that were sent, and every template with its samples. */
import "./mails.css";
import { href, path } from "../router.ts";
import { SampleView } from "./sample-view.tsx";
import { SentMailView } from "./sent-mail-view.tsx";
import { SentView } from "./sent-view.tsx";

export function MailsView() {
  const [, part = "", id = ""] = path.value;
  return (
    <>
      <nav aria-label="Mails" class="parts">
        <a href={href("mails")} aria-current={part === "" ? "page" : undefined}>
          Sent
        </a>
        <a href={href("mails", "templates")} aria-current={part === "templates" ? "page" : undefined}>
          Templates
        </a>
      </nav>
      {part === "" && <SentView />}
      {part === "templates" && <SampleView />}
      {part === "sent" && <SentMailView key={id} id={id} />}
    </>
  );
}
