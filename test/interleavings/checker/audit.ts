/** The audit is complete: every answer and every applied event has an entry with its ending, and every writer's chain is whole. */
import { fromAttributes } from "../../../lib/aws/attribute-values.ts";
import { type Fields, fieldOf, listOf } from "../../../lib/untrusted.ts";
import { isFinal } from "../actors/api.ts";
import type { History } from "../actors/history.ts";
import type { World } from "../world/world.ts";
import { about, type Finding } from "./finding.ts";

const wrong = about("audit is complete");

export function auditFindings(world: World, history: History): Finding[] {
  const items = world.dynamodb.items("AuditLogTable").map((item): Fields => fromAttributes(item));
  const inPartition = (prefix: string) =>
    items.filter(({ partition }) => String(partition).startsWith(prefix));
  const entries = inPartition("day#");
  const links = new Set(
    inPartition("object#").map(({ partition, sort }) => `${String(partition)} ${String(sort)}`),
  );
  const heads = new Map(inPartition("heads#").map((head) => [head.sort, head]));
  return [
    ...answerFindings(history, entries),
    ...eventFindings(world, entries),
    ...[...Map.groupBy(entries, ({ writer }) => writer)].flatMap(([writer, chain]) => {
      const head = heads.get(writer);
      return [...chainFindings(chain, head), ...linkFindings(chain, head, links)];
    }),
  ];
}

function answerFindings(history: History, entries: readonly Fields[]): Finding[] {
  const byRequest = Map.groupBy(entries, ({ requestId }) => requestId);
  return history.tries.flatMap(({ wish, requestId, answer }) => {
    if (answer === undefined || !isFinal(answer)) return [];
    const result = answer.status !== 200 ? "failed" : answer.isReplayed ? "replayed" : "succeeded";
    const found = (byRequest.get(requestId) ?? []).map((entry) => fieldOf(entry, "ending", "result"));
    const isTold = found.includes(result) || (result === "failed" && found.includes("denied"));
    return isTold
      ? []
      : [wrong(`${requestId} of ${wish.key} ${result}; its entries say: ${found.join() || "nothing"}`)];
  });
}

/** An event is done only after its entry has its ending. */
function eventFindings({ dynamodb }: World, entries: readonly Fields[]): Finding[] {
  const ended = new Set(
    entries
      .filter((entry) => fieldOf(entry, "ending", "result") === "succeeded")
      .map((entry) => fieldOf(entry, "resource", "id")),
  );
  return dynamodb
    .items("StripeEventsTable")
    .filter(({ state }) => state?.S === "done")
    .flatMap(({ eventId }) =>
      ended.has(eventId?.S) ? [] : [wrong(`${eventId?.S} is done without an entry that says so`)],
    );
}

function chainFindings(chain: readonly Fields[], head: Fields | undefined): Finding[] {
  const inOrder = chain.toSorted((a, b) => Number(a.sequence) - Number(b.sequence));
  const [{ writer = "" } = {}] = inOrder;
  const broken = inOrder.flatMap(({ sequence, previous }, place) => {
    const before = inOrder[place - 1]?.digest;
    return sequence === place + 1 && previous === before
      ? []
      : [wrong(`The chain of ${String(writer)} breaks at ${String(sequence)}`)];
  });
  const last = Number(inOrder.at(-1)?.sequence ?? 0);
  const reached = head === undefined ? "none" : Number(head.sequence);
  return reached === "none" || reached > last
    ? [...broken, wrong(`The head of ${String(writer)} says ${reached}, and its chain ends at ${last}`)]
    : broken;
}

/** Every entry can be found by every object that it names, once the chain or its head goes on after it. */
function linkFindings(
  chain: readonly Fields[],
  head: Fields | undefined,
  links: ReadonlySet<string>,
): Finding[] {
  const last = Math.max(...chain.map(({ sequence }) => Number(sequence)));
  const certain = Math.max(last - 1, Number(head?.sequence ?? 0));
  return chain
    .filter(({ sequence }) => Number(sequence) <= certain)
    .flatMap(({ objects, sort }) =>
      listOf(objects).flatMap((id) =>
        links.has(`object#${String(id)} ${String(sort)}`)
          ? []
          : [wrong(`${String(sort)} cannot be found by ${String(id)}`)],
      ),
    );
}
