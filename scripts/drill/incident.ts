/** An incident of the drill. */
import type { Scene } from "./scene.ts";

export interface Incident {
  /** For `--only`. */
  readonly name: string;
  /** What goes wrong, as a sentence without its full stop. */
  readonly title: string;
  /** The logical id of the alarm that must ring. */
  readonly alarm: string;
  /** The query of docs/operations.md for this alarm. */
  readonly query: string;
  /** What its result must show. */
  readonly shows: RegExp;
  /** Makes it go wrong. */
  readonly happen: (scene: Scene) => Promise<Happened>;
}

export interface Happened {
  /** What users saw, as a sentence without its full stop. */
  readonly what: string;
  /** Runs the commands that show the cause. Throws if they do not show it. */
  readonly find?: () => Promise<unknown>;
  /** Removes the cause and its consequences. */
  readonly repair: () => Promise<unknown>;
  /** What must be true now. Throws if it does not become true. */
  readonly prove: () => Promise<readonly Proof[]>;
}

/** `is` must be equal to `expected`. */
export interface Proof {
  readonly what: string;
  readonly is: string | number;
  readonly expected: string | number;
}

export const isProven = ({ is, expected }: Proof) => is === expected;
