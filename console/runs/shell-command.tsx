/** The command that does the same in a shell, with a button that copies it. */
import { CopyButton } from "../parts/copy-button.tsx";

export function ShellCommand({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <details class="shell">
      <summary>{label}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long command is scrolled by keyboard */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton text={text} />
    </details>
  );
}
