/** What can be told from the deployments of a stage: which version comes before another, and which ones are kept. Pure. */

/** A deployment that succeeded. */
export interface Deployed {
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The git commit, if it is known. */
  readonly commit: string;
}

/** How many versions a stage can go back to, the current one included. */
export const KEPT_VERSIONS = 10;

/**
 * The version that was asked for; by default the one before the current one. `history`: the latest first. Versions that were
 * deployed after the current one are not earlier: a second rollback in a row goes further back, and not forth again.
 */
export function versionToGoBackTo(
  history: readonly Deployed[],
  current: string | undefined,
  to?: string,
): Deployed | undefined {
  if (to !== undefined) return history.find(({ version }) => version === to);
  // The first deployment of the current version: later ones can be rollbacks.
  const since = history.findLastIndex(({ version }) => version === current);
  return history.slice(since + 1).find(({ version }) => version !== current);
}

/**
 * The versions whose packages are kept: those that were deployed last, and the one that a rollback from `current` goes to, which can be
 * older. `history`: the latest first.
 */
export function versionsToKeep(history: readonly Deployed[], current: string): ReadonlySet<string> {
  const latest = [...new Set([current, ...history.map(({ version }) => version)])].slice(0, KEPT_VERSIONS);
  const before = versionToGoBackTo(history, current);
  return new Set(before === undefined ? latest : [...latest, before.version]);
}
