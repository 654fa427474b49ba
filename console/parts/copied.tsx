/** A command, with a button that copies it. */
import "./copied.css";
import { useSignal } from "@preact/signals";

export function Copied({ text }: { readonly text: string }) {
  const said = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = "Copied.";
    } catch {
      said.value = "The browser does not allow it: select the text.";
    }
  };
  return (
    <div class="copied">
      <pre>{text}</pre>
      <button type="button" onClick={copy}>
        Copy
      </button>
      <span class="quiet" aria-live="polite">
        {said.value}
      </span>
    </div>
  );
}
