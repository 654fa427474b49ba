/** Finds something by any of its ids. `/` puts the cursor into it. */
import { useEffect, useRef } from "preact/hooks";
import { go, href, query } from "./router.ts";

export function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches("input, textarea, select");
      if (event.key !== "/" || isTyping) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const text = input.current?.value.trim() ?? "";
          if (text !== "") go(`${href("find")}?q=${encodeURIComponent(text)}`);
        }}
      >
        <label>
          <span class="unseen">Find by id, mail address or amount</span>
          <input
            ref={input}
            type="search"
            name="q"
            placeholder="pi_…, order-1042, ada@example.com, 42.00 usd   ( / )"
            defaultValue={query.value.get("q") ?? ""}
            autocomplete="off"
            spellcheck={false}
          />
        </label>
      </form>
    </search>
  );
}
