import type { FailingDynamoDb } from "../../steps/failing-dynamodb.ts";

/**
 * Starts `work`, and each time that it is about to write for a call, runs the next one of `meanwhile` before the write may
 * continue. What a test changes in an item itself does not name calls, and is not held.
 */
export async function betweenWrites<T>(
  dynamodb: Pick<FailingDynamoDb, "requests" | "fail" | "letGo">,
  work: () => Promise<T>,
  meanwhile: readonly (() => Promise<unknown>)[],
): Promise<T> {
  const held = () => dynamodb.requests.filter(({ failed }) => failed === "held").length;
  const already = held();
  dynamodb.fail({ kind: "held", operation: "UpdateItem", about: '":calls"', times: meanwhile.length });
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  const working = work();
  working.then(over, over);
  for (const [number, change] of meanwhile.entries()) {
    while (!isOver && held() <= already + number) await new Promise(setImmediate);
    await change();
    await dynamodb.letGo();
  }
  return working;
}
