/** The keys of the time line: j and k go to the next and the previous entry, whose title Enter opens. */
import { useEffect } from "preact/hooks";

export function useKeys(others: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches("input, textarea, select");
      if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.key === "j") move(1);
      else if (event.key === "k") move(-1);
      else if (Object.hasOwn(others, event.key)) others[event.key]?.();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

function move(by: 1 | -1): void {
  const titles = [...document.querySelectorAll<HTMLElement>(".entries .title")];
  const at = titles.findIndex((title) => title.matches(":focus"));
  const to = at === -1 ? 0 : Math.min(titles.length - 1, Math.max(0, at + by));
  titles[to]?.focus();
}
