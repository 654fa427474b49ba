/**
 * Recognizes the head that the audit log stores for an attempt that has been running for a second (lib/audit/open-writer.ts). In
 * Lambda, few attempts run that long. On a busy machine any attempt can, and then its head says nothing about the code.
 */
import { HEAD_AFTER_MS } from "../../../lib/audit/open-writer.ts";
import { fieldOf, fieldsOf, listOf, parseJson, textOf } from "../../../lib/untrusted.ts";

export class SlowAttempts {
  /** When the last entry of each writer was stored, in milliseconds of a clock that does not jump. */
  readonly #begun = new Map<string, number>();

  /** `body` is that of a request to DynamoDB, which arrived at `now`. */
  isTheirHead(body: string, now: number): boolean {
    const { Item } = fieldsOf(parseJson(body));
    const kind = textOf(fieldOf(Item, "partition", "S"))?.split("#")[0];
    if (kind === "day") this.#begun.set(textOf(fieldOf(Item, "writer", "S")) ?? "", now);
    if (kind !== "heads" || hasEnded(Item)) return false;
    const begun = this.#begun.get(textOf(fieldOf(Item, "sort", "S")) ?? "");
    return begun !== undefined && now - begun >= HEAD_AFTER_MS;
  }
}

/** Whether the head contains the ending of the entry that it ends with. */
function hasEnded(head: unknown): boolean {
  const last = fieldOf(head, "sequence", "N");
  const endings = ["closed", "held"].flatMap((name) => listOf(fieldOf(head, name, "L")));
  return endings.some((ending) => fieldOf(ending, "M", "sequence", "N") === last);
}
