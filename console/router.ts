/** The address of the view. Every view has one, so that it can be bookmarked, sent to a colleague and gone back to. */
import { computed, signal } from "@preact/signals";

const HOME = "/console";
const address = signal(new URL(location.href));
addEventListener("popstate", () => {
  address.value = new URL(location.href);
});

/** The path below `/console`, in parts; none on the start page. */
export const path = computed(() =>
  address.value.pathname.slice(HOME.length).split("/").filter(Boolean).map(decodeURIComponent),
);
export const query = computed(() => address.value.searchParams);

/** The address of a view: `href("payments", id)`. */
export function href(...parts: readonly string[]): string {
  return [HOME, ...parts.map(encodeURIComponent)].join("/");
}

/** The address of this view with another query; an empty value leaves the parameter out. */
export function withQuery(changes: Readonly<Record<string, string | readonly string[]>>): string {
  const changed = new URLSearchParams(address.value.search);
  for (const [name, value] of Object.entries(changes)) {
    changed.delete(name);
    for (const each of [value].flat()) if (each !== "") changed.append(name, each);
  }
  const text = changed.toString();
  return `${address.value.pathname}${text === "" ? "" : `?${text}`}`;
}

export function go(to: string, { replaces = false } = {}): void {
  if (replaces) history.replaceState(null, "", to);
  else {
    history.pushState(null, "", to);
    scrollTo(0, 0);
  }
  address.value = new URL(location.href);
}

/** Follows a link of the console without loading the page again. Modified clicks keep their usual meaning. */
export function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.origin !== location.origin) return;
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
    return;
  if (link.pathname !== HOME && !link.pathname.startsWith(`${HOME}/`)) return;
  if (link.pathname.startsWith(`${HOME}/api/`)) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
