/** An id, as a link to the page of what it names. */
import { href } from "../router.ts";

/** The view that shows the thing; undefined for ids without a page of their own. */
function viewOf(id: string): string | undefined {
  if (/^(pi|cus|sub|in)_/.test(id)) return "objects";
  if (/^run-/.test(id)) return "runs";
  if (/^evt_/.test(id)) return "events";
  return undefined;
}

export function IdLink({ id }: { readonly id: string }) {
  const view = viewOf(id);
  return view === undefined ? (
    <code>{id}</code>
  ) : (
    <a class="id" href={href(view, id)}>
      <code>{id}</code>
    </a>
  );
}

/** Several ids, in one line where they fit. */
export function IdLinks({ ids }: { readonly ids: readonly string[] }) {
  return (
    <span class="ids">
      {ids.map((id) => (
        <IdLink key={id} id={id} />
      ))}
    </span>
  );
}
