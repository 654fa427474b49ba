/** Runs of workflows and their tasks. */
import type { Guard } from "../guard.ts";

export const GUARDS_OF_RUNS: readonly Guard[] = [
  {
    id: "plans-of-runs",
    promise: "A task does what its workflow says",
    file: "lib/workflow/run-data.ts",
    source: "if (!isMacOf(mac, RUN, [runId, canonicalJson({ run: head, input })], appSecrets))",
    replacement: "if (false)",
    test: "test/lib/transport/task.test.ts",
  },
  {
    id: "outputs-of-runs",
    promise: "A task does what its workflow says",
    file: "lib/workflow/run-data.ts",
    source: "if (!isMacOf(mac, OUTPUT, [runId, step, canonicalJson(output ?? null)], appSecrets))",
    replacement: "if (false)",
    test: "test/lib/transport/task.test.ts",
  },
  {
    id: "owners-of-runs",
    promise: "Runs belong to their principal",
    file: "lib/workflow/run-row.ts",
    source: "if (owner.id !== principal.id) return false;",
    replacement: "",
    test: "test/lib/workflow/run-as-principal.test.ts",
  },
  {
    id: "tokens-of-waits-are-sealed",
    promise: "Nobody else ends a step that waits",
    file: "lib/waits/wait-items.ts",
    source: "sealed: sealer.seal(waiting, contextOf(objectId, waitId)),",
    replacement: "sealed: sealer.seal(waiting, contextOf(objectId, waitId)), token: waiting.token,",
    test: "test/lib/waits/waiting.test.ts",
    only: "are sealed",
  },
];
