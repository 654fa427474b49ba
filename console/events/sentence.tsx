/** A sentence in which ids of events are links. */
import { IdLink } from "../parts/id-link.tsx";

export function Sentence({ text }: { readonly text: string }) {
  return (
    <>
      {text
        .split(/(evt_\w+)/)
        .map((part, index) => (index % 2 === 1 ? <IdLink key={part} id={part} /> : part))}
    </>
  );
}
