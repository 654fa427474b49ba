/**
 * The parts of the code that are mutated, one at a time, and the tests that must notice. A part is tested only by the
 * tests that belong to it: they must be sufficient by themselves, and a mutant does not cost a run of all tests.
 */
export interface Part {
  readonly mutate: readonly string[];
  /** Below test/, without `.test.ts`. */
  readonly tests: readonly string[];
}

export const PARTS: Readonly<Record<string, Part>> = {
  idempotency: { mutate: ["lib/idempotency/**/*.ts", "lib/canonical-json.ts"], tests: ["lib/idempotency/*"] },
  lease: {
    mutate: ["lib/lease/**/*.ts", "lib/aws/{change-item,combine-conditions}.ts"],
    tests: ["lib/lease/*", "lib/aws/{change-item,combine-conditions}"],
  },
  policy: { mutate: ["lib/policy/**/*.ts"], tests: ["lib/policy/*"] },
  "policy-compiler": {
    mutate: ["lib/compiler/policy/**/*.ts"],
    tests: [
      "lib/compiler/policy/*",
      // What is compiled is compared with what cel-js makes of the same condition.
      "lib/policy/{compiled-condition,every-kind-of-value}",
      "scripts/generate/editor-schemas",
    ],
  },
  untrusted: { mutate: ["lib/untrusted.ts"], tests: ["lib/untrusted"] },
  sealing: { mutate: ["lib/sealing/**/*.ts"], tests: ["lib/sealing/*"] },
  signatures: {
    mutate: ["lib/events/signature.ts", "lib/pay-link/pay-token.ts"],
    tests: ["lib/events/signature", "lib/pay-link/*"],
  },
  events: {
    mutate: [
      "lib/events/{order,object-state,stripe-event,route-event,object-paths}.ts",
      "lib/notifications/notification.ts",
    ],
    tests: [
      "lib/events/{order,object-state,object-paths,route-event,stripe-event}",
      "lib/notifications/notification",
    ],
  },
  capability: { mutate: ["lib/capability/**/*.ts"], tests: ["lib/capability/*"] },
  usage: { mutate: ["lib/usage/**/*.ts"], tests: ["lib/usage/*"] },
  identity: {
    mutate: ["lib/identity/api-key*.ts", "lib/transport/principal.ts"],
    tests: ["lib/identity/api-key*", "lib/transport/principal"],
  },
};
