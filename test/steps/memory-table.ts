/**
 * Takes the place of lib/aws/dynamodb.ts where a test visits thousands of states of one table: the table is in this process, and can
 * be set to what it was before. Import it before the code that reads and writes the table. Items go through the same conversion as on their way to DynamoDB.
 */
import { jest } from "@jest/globals";
import { fromAttributes, toAttributes } from "../../lib/aws/attribute-values.ts";
import type * as dynamodb from "../../lib/aws/dynamodb.ts";

export type Items = ReadonlyMap<string, dynamodb.Item>;

const KEY = "objectId";
let items: Items = new Map();

export const currentItems = (): Items => items;

/** The table has these items from now on, by their `objectId`. */
export function setItems(given: Items): void {
  items = given;
}

export const getItem: typeof dynamodb.getItem = async (_table, key) => items.get(String(key[KEY]));

/** The only condition of the projection is that nobody has written since: here, nobody else writes. */
export const putItem: typeof dynamodb.putItem = async (_table, item) => {
  items = new Map([...items, [String(item[KEY]), fromAttributes(toAttributes(item))]]);
  return true;
};

/** Items whose attribute, the only one in the condition, has the value. */
export const queryItems: typeof dynamodb.queryItems = async (_table, { key }) => {
  const [attribute = ""] = key.expression?.split(" ") ?? [];
  const [value] = Object.values(key.values ?? {});
  return { items: [...items.values()].filter((item) => item[attribute] === value) };
};

jest.mock("../../lib/aws/dynamodb.ts", () => ({ getItem, putItem, queryItems }));
