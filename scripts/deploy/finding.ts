/** What a deployment needs and does not have. */
export interface Finding {
  /** A sentence. */
  readonly what: string;
  /** What to do, as a sentence or as commands. */
  readonly remedy: string;
  /** Whether the deployment would fail, or be unsafe. Other findings are reported, and the deployment continues. */
  readonly isBlocking: boolean;
}

export const blocking = (what: string, remedy: string): Finding => ({ what, remedy, isBlocking: true });
export const remark = (what: string, remedy: string): Finding => ({ what, remedy, isBlocking: false });

/** As lines for the terminal, those that block first. */
export function findingLines(findings: readonly Finding[]): string[] {
  const inOrder = [
    ...findings.filter(({ isBlocking }) => isBlocking),
    ...findings.filter(({ isBlocking }) => !isBlocking),
  ];
  return inOrder.flatMap(({ what, remedy, isBlocking }) => [
    `${isBlocking ? "MISSING" : "note"}: ${what}`,
    ...remedy.split("\n").map((line) => `    ${line}`),
  ]);
}
