/** Why something could not be read or done. */
import type { ServerProblem } from "../server.ts";

export function Problem({ of }: { readonly of: ServerProblem | undefined }) {
  if (of === undefined) return null;
  return (
    <p class="problem" role="alert">
      <strong>{of.code}</strong> {of.message}
    </p>
  );
}
