/** The arguments of one action, checked against its declaration. */

/** As text; an option that was not given is undefined, false or no texts. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #options: ReadonlyMap<string, readonly string[]>;

  /** `options`: the values of each option that was given; of a flag, one empty text. */
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
