/** The command that does the same in a shell, behind its label. */
import { Copied } from "../parts/copied.tsx";

export function ShellCommand({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <details class="shell">
      <summary>{label}</summary>
      <Copied text={text} />
    </details>
  );
}
