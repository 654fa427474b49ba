/** Reads a partition of the audit log's table. */
import { type Item, queryItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { present } from "../present.ts";

/** All items of the partition by ascending sort keys, in pages as DynamoDB returns them. Each page is read when it is asked for. */
export async function* partitionPages(partition: string): AsyncGenerator<readonly Item[], void, undefined> {
  let after: Item | undefined;
  do {
    const page = await queryItems(env("AUDIT_LOG_TABLE"), {
      key: {
        expression: "#partition = :partition",
        names: { "#partition": "partition" },
        values: { ":partition": partition },
      },
      ...present({ after }),
    });
    yield page.items;
    after = page.next;
  } while (after !== undefined);
}
