/** The command that does the same in a shell, with a button that copies it. */
import { useSignal } from "@preact/signals";

export function ShellCommand({ text, label }: { readonly text: string; readonly label: string }) {
  const said = useSignal("");
  return (
    <details class="shell">
      <summary>{label}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long command is scrolled by keyboard */}
      <pre tabIndex={0}>{text}</pre>
      <button
        type="button"
        onClick={() => {
          navigator.clipboard.writeText(text).then(
            () => {
              said.value = "Copied";
            },
            () => {
              said.value = "The browser does not allow copying: select the text";
            },
          );
        }}
      >
        Copy
      </button>{" "}
      <span class="quiet" role="status">
        {said.value}
      </span>
    </details>
  );
}
