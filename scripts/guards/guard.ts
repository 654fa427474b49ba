/** What stands behind a promise of docs/security.md. */
export interface Guard {
  /** For `npm run guards -- <id>`. Says what is missing without the guard. */
  readonly id: string;
  /** The first column of docs/security.md. */
  readonly promise: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly source: string;
  readonly replacement: string;
  readonly test: string;
  /** A part of the titles of the tests to run, if the whole file takes long. */
  readonly only?: string;
}
