/** The arguments of one action, checked against its declaration. */

/** All values are text. For an option that was not given, `text` is undefined, `texts` is empty and `flag` is false. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #options: ReadonlyMap<string, readonly string[]>;

  /** `options`: the values of each option that was given; an empty list for a flag. */
  constructor(positionals: readonly string[], options: ReadonlyMap<string, readonly string[]>) {
    this.positionals = positionals;
    this.#options = options;
  }

  text(option: string): string | undefined {
    return this.texts(option)[0];
  }

  texts(option: string): readonly string[] {
    return this.#options.get(option) ?? [];
  }

  flag(option: string): boolean {
    return this.#options.has(option);
  }
}
