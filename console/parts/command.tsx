/** A command that does or shows the same in a shell, and a button that copies it. */
import { useSignal } from "@preact/signals";

export function Command({ text }: { readonly text: string }) {
  const isCopied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    isCopied.value = true;
  };
  return (
    <span class="command">
      <code>{text}</code>
      <button type="button" class="small" onClick={copy}>
        Copy<span class="unseen"> the command {text}</span>
      </button>
      <span role="status" class="quiet">
        {isCopied.value ? "copied" : ""}
      </span>
    </span>
  );
}
