/** How the jobs that wait share what is left of the quotas in a second. Pure. */
import type { Line } from "./line.ts";
import { RESOURCES, type Resource, type Station } from "./workload.ts";

interface Waiting {
  readonly station: Station;
  readonly line: Pick<Line, "length">;
}

/**
 * How many jobs leave each station. A quota that stations want more of than there is goes to each in proportion to what it
 * wants; what then is left goes to one after the other, beginning with another one each second. Takes it from `tokens`.
 */
export function share(waiting: readonly Waiting[], tokens: Map<Resource, number>, second: number): number[] {
  const wanted = new Map<Resource, number>();
  for (const { station, line } of waiting)
    for (const [resource, use] of usesOf(station))
      wanted.set(resource, (wanted.get(resource) ?? 0) + use * line.length);
  const parts = new Map(
    [...wanted].map(([resource, all]) => [
      resource,
      all === 0 ? 1 : Math.min(1, (tokens.get(resource) ?? 0) / all),
    ]),
  );
  const leaving = waiting.map(({ station, line }) => {
    const part = Math.min(1, ...usesOf(station).map(([resource]) => parts.get(resource) ?? 1));
    return take(station, Math.floor(line.length * part), tokens);
  });
  for (let turn = 0; turn < waiting.length; turn++) {
    const place = (turn + second) % waiting.length;
    const one = waiting[place];
    const already = leaving[place] ?? 0;
    if (one !== undefined) leaving[place] = already + take(one.station, one.line.length - already, tokens);
  }
  return leaving;
}

/** Takes what at most `jobs` jobs use, and returns how many jobs there was enough for. */
function take(station: Station, jobs: number, tokens: Map<Resource, number>): number {
  const uses = usesOf(station);
  const enough = Math.min(
    jobs,
    ...uses.map(([resource, use]) => Math.floor((tokens.get(resource) ?? 0) / use)),
  );
  for (const [resource, use] of uses) tokens.set(resource, (tokens.get(resource) ?? 0) - enough * use);
  return enough;
}

const known = new WeakMap<Station, readonly (readonly [Resource, number])[]>();

/** What a job of the station uses, without what it uses nothing of. */
export function usesOf(station: Station): readonly (readonly [Resource, number])[] {
  const found = known.get(station);
  if (found !== undefined) return found;
  const uses = RESOURCES.flatMap((resource) => {
    const use = station.uses[resource] ?? 0;
    return use > 0 ? [[resource, use] as const] : [];
  });
  known.set(station, uses);
  return uses;
}
