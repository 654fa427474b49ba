/** What became of a mail: by a sign and a word. */
const SHOWN: Readonly<Record<string, readonly [kind: string, sign: string]>> = {
  sent: ["succeeded", "✓"],
  sending: ["waiting", "…"],
  open: ["waiting", "…"],
  delayed: ["waiting", "…"],
  refused: ["refused", "⊘"],
  bounced: ["failed", "✕"],
  complained: ["failed", "✕"],
};

export function MailState({
  state,
  reason,
}: {
  readonly state: string;
  readonly reason?: string | undefined;
}) {
  const [kind, sign] = SHOWN[state] ?? ["waiting", "…"];
  return (
    <span class={`outcome ${kind}`}>
      <span aria-hidden="true">{sign}</span> {state}
      {reason !== undefined && `, ${reason}`}
    </span>
  );
}
