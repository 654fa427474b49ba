/**
 * A map on top of another one: it begins with the entries of that one, and changes it only by {@link commit}. So it costs as much
 * as what is changed, however large the other one is. Entries come in the order in which the other map would have them.
 */
export class LayeredMap<K, V> extends Map<K, V> {
  readonly #below: Map<K, V>;
  readonly #changes = new Map<K, [K, V]>();
  /** Keys of the map below. One that was set again afterwards comes last, as in any map. */
  readonly #deleted = new Set<K>();

  constructor(below: Map<K, V>) {
    super();
    this.#below = below;
  }

  /** Makes all changes in the map below. */
  commit(): void {
    for (const key of this.#deleted) this.#below.delete(key);
    for (const [key, value] of this.#changes.values()) this.#below.set(key, value);
  }

  override get size(): number {
    let added = 0;
    for (const key of this.#changes.keys()) if (!this.#isBelow(key)) added += 1;
    return this.#below.size - this.#deleted.size + added;
  }

  override has(key: K): boolean {
    return this.#changes.has(key) || this.#isBelow(key);
  }

  override get(key: K): V | undefined {
    const changed = this.#changes.get(key);
    if (changed !== undefined) return changed[1];
    return this.#deleted.has(key) ? undefined : this.#below.get(key);
  }

  override set(key: K, value: V): this {
    this.#changes.set(key, [key, value]);
    return this;
  }

  override delete(key: K): boolean {
    const isFound = this.has(key);
    this.#changes.delete(key);
    if (this.#below.has(key)) this.#deleted.add(key);
    return isFound;
  }

  override clear(): void {
    this.#changes.clear();
    for (const key of this.#below.keys()) this.#deleted.add(key);
  }

  override *entries(): MapIterator<[K, V]> {
    for (const entry of this.#below) {
      if (!this.#deleted.has(entry[0])) yield this.#changes.get(entry[0]) ?? entry;
    }
    for (const entry of this.#changes.values()) if (!this.#isBelow(entry[0])) yield entry;
  }

  override *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  override *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  override [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  override forEach(act: (value: V, key: K, map: Map<K, V>) => void): void {
    for (const [key, value] of this.entries()) act(value, key, this);
  }

  #isBelow(key: K): boolean {
    return this.#below.has(key) && !this.#deleted.has(key);
  }
}
