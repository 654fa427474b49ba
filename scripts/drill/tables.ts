/** The tables of the drill's stack, as somebody with a console can change them. */
import { DynamoDBClient, GetItemCommand, PutItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { type Attributes, fromAttributes, toAttributes } from "../../lib/aws/attribute-values.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { localTableName, type Table } from "../../resources/tables.ts";
import type { Scene } from "./scene.ts";

const nameOf = (table: Table) => localTableName(table, "contractspec-stripe", "dev");

export class Tables {
  readonly #client: DynamoDBClient;

  constructor({ stack }: Scene) {
    this.#client = new DynamoDBClient({
      endpoint: stack.urls.dynamodb,
      region: stack.settings.region,
      credentials: LOCAL_CREDENTIALS,
    });
  }

  /** Throws if the table has no such item. */
  async get(table: Table, key: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: nameOf(table), Key: toAttributes(key), ConsistentRead: true }),
    );
    if (Item === undefined) throw new Error(`${table} has no item ${JSON.stringify(key)}`);
    return fromAttributes(Item);
  }

  async put(table: Table, item: object): Promise<void> {
    await this.#client.send(new PutItemCommand({ TableName: nameOf(table), Item: toAttributes(item) }));
  }

  /** Every item as DynamoDB stores it. */
  async items(table: Table): Promise<Attributes[]> {
    const items: Attributes[] = [];
    const pages = paginateScan({ client: this.#client }, { TableName: nameOf(table), ConsistentRead: true });
    for await (const { Items = [] } of pages) items.push(...Items);
    return items;
  }

  /** Puts an item as `items` returns it. */
  async putBack(table: Table, Item: Attributes): Promise<void> {
    await this.#client.send(new PutItemCommand({ TableName: nameOf(table), Item }));
  }

  close(): void {
    this.#client.destroy();
  }
}
