/** A command, with a button that copies it. */
import "./copied.css";
import { CopyButton } from "./copy-button.tsx";

export function Copied({ text }: { readonly text: string }) {
  return (
    <div class="copied">
      <pre>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}
