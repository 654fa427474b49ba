/** What the contracts leave out that docs/capabilities.md shows. Not mistakes: a capability works without it. Pure. */
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";

/** One line for each contract that leaves something out: its file, and what to add. */
export function undocumented(contracts: readonly Contract[]): readonly string[] {
  return contracts.flatMap((contract) => {
    const lacking = lackingKeys(contract);
    if (lacking.length === 0) return [];
    return [
      `functions/${contract.capabilityId}/contract.yml lacks what docs/capabilities.md shows; add ${lacking.join("; ")}`,
    ];
  });
}

function lackingKeys({ description, area, example, notifications, readOnly }: Contract): readonly string[] {
  return [
    ...(description === undefined ? ["description, which says what the capability is for"] : []),
    ...(area === undefined ? ["area, which says where it is listed"] : []),
    ...(example === undefined
      ? ["example, with the inputs of one call (objects of test/docs/example-objects.ts can be named)"]
      : []),
    ...(notifications === undefined && readOnly !== true
      ? ["notifications, a list of the types that a call can cause, or []"]
      : []),
  ];
}
