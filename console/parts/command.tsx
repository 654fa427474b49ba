/** A command to copy. */
import { useSignal } from "@preact/signals";

const SHOWN_MS = 2_000;

export function Command({ text }: { readonly text: string }) {
  const isCopied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    isCopied.value = true;
    setTimeout(() => {
      isCopied.value = false;
    }, SHOWN_MS);
  };
  return (
    <span class="command">
      <code>{text}</code>
      <button type="button" onClick={copy} aria-label={`Copy the command ${text}`}>
        {isCopied.value ? "Copied" : "Copy"}
      </button>
    </span>
  );
}
