/** Stands for lib/aws/dynamodb.ts: every write succeeds at once, and nothing is stored. */
import type { Item } from "../../../lib/aws/dynamodb.ts";

const ofThisCall: Item = { calls: 1, amount: 4_200 };

export const getItem = async () => undefined;
export const getItems = async () => [];
export const queryItems = async () => ({ items: [] });
export const putItem = async () => true;
export const replaceItem = async () => ({ before: undefined });
export const updateItem = async () => true;
export const updateAndRead = async () => ofThisCall;
export const deleteItem = async () => true;
