/** A button that copies a text, and says whether the browser let it. */
import { useSignal } from "@preact/signals";

/** `names` is read out after "Copy" where a page has several of these buttons. */
export function CopyButton({ text, names }: { readonly text: string; readonly names?: string }) {
  const said = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = "Copied.";
    } catch {
      said.value = "The browser does not allow copying: select the text.";
    }
  };
  return (
    <>
      <button type="button" class="small" onClick={copy}>
        Copy{names !== undefined && <span class="unseen"> {names}</span>}
      </button>{" "}
      <span class="quiet" role="status">
        {said.value}
      </span>
    </>
  );
}
