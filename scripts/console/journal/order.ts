/** The order of the journal: by time, and by id at the same time. Pure. */

/** A place in the journal: the time and the id of an entry. */
export interface Place {
  /** Unix milliseconds. */
  readonly at: number;
  readonly id: string;
}

export function isBefore(a: Place, b: Place): boolean {
  return a.at < b.at || (a.at === b.at && a.id < b.id);
}

/** For sorting, oldest first. */
export function inOrder(a: Place, b: Place): number {
  if (isBefore(a, b)) return -1;
  return isBefore(b, a) ? 1 : 0;
}

/** The number of entries of the sorted list that come before the place; all of them without one. */
export function placesBefore(list: readonly Place[], place: Place | undefined): number {
  if (place === undefined) return list.length;
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = list[middle];
    if (entry !== undefined && isBefore(entry, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both sorted lists as one. The first, which can be long, is changed: what is new nearly always belongs at its end. */
export function merge<Entry extends Place>(list: Entry[], added: readonly Entry[]): Entry[] {
  const [first] = added;
  if (first === undefined) return list;
  const later = list.splice(placesBefore(list, first));
  let next = 0;
  for (const entry of added) {
    for (; next < later.length; next++) {
      const other = later[next];
      if (other === undefined || isBefore(entry, other)) break;
      list.push(other);
    }
    list.push(entry);
  }
  for (const other of later.slice(next)) list.push(other);
  return list;
}
