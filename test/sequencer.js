/**
 * Starts the slowest files first, so that none of them runs alone at the end. Jest itself knows how long a file takes only
 * after a run on the same machine; before that, it goes by the size of the file.
 */
import TestSequencer from "@jest/test-sequencer";

/** Files that take more than ten seconds of CPU, the slowest first. */
export const SLOWEST = [
  "test/system/canary",
  "test/system/webhook-faults",
  "test/system/small-service",
  "test/system/package",
  "test/system/interleavings",
  "test/system/gate-access",
  "test/system/outage",
  "test/system/kills",
  "test/any-input",
  "test/lib/failed-payments/follow-up",
  "test/lib/failed-payments/follow-payments",
  "test/scripts/policy",
  "test/system/check-functions",
  "test/system/waiting-workflows",
  "test/hostile-input",
  "test/system/at-most-one-mail",
  "test/system/documented-commands",
];

export default class SlowestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = SLOWEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return index === -1 ? SLOWEST.length : index;
    };
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}
