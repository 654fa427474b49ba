/** A command that does or shows the same in a shell, and a button that copies it. */
import { useSignal } from "@preact/signals";
import { stage } from "../status/status.ts";

/** `text`: as for the local stack; on a deployed stage it is shown with `--stage`. */
export function Command({ text }: { readonly text: string }) {
  const isCopied = useSignal(false);
  const shown = onStage(text, stage.value);
  const copy = async () => {
    await navigator.clipboard.writeText(shown);
    isCopied.value = true;
  };
  return (
    <span class="command">
      <code>{shown}</code>
      <button type="button" class="small" onClick={copy}>
        Copy<span class="unseen"> the command {shown}</span>
      </button>
      <span role="status" class="quiet">
        {isCopied.value ? "copied" : ""}
      </span>
    </span>
  );
}

export function onStage(text: string, stage: string | undefined): string {
  if (stage === undefined || !text.startsWith("npm run ")) return text;
  return `${text}${text.includes(" -- ") ? "" : " --"} --stage ${stage}`;
}
