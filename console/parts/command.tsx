/** A command that does or shows the same in a shell, and a button that copies it. */
import { stage } from "../status/status.ts";
import { CopyButton } from "./copy-button.tsx";

/** `text`: as for the local stack; on a deployed stage it is shown with `--stage`. */
export function Command({ text }: { readonly text: string }) {
  const shown = onStage(text, stage.value);
  return (
    <span class="command">
      <code>{shown}</code>
      <CopyButton text={shown} names={`the command ${shown}`} />
    </span>
  );
}

export function onStage(text: string, stage: string | undefined): string {
  if (stage === undefined || !text.startsWith("npm run ")) return text;
  return `${text}${text.includes(" -- ") ? "" : " --"} --stage ${stage}`;
}
