/** The emulated AWS services of a whole test file, with a DynamoDB that can be told to fail, anew for each test. */
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import type { Emulators } from "../../local/emulators.ts";
import { type FailingDynamoDb, failingDynamoDb } from "./failing-dynamodb.ts";
import { localAws } from "./given.ts";

/** Call it once, at the top of the file; it is there when the tests run. */
export function withFailingDynamoDb(): Omit<FailingDynamoDb, "close"> {
  let aws: Emulators | undefined;
  let running: FailingDynamoDb | undefined;
  beforeAll(async () => {
    aws = await localAws();
    running = await failingDynamoDb();
  });
  beforeEach(() => running?.reset());
  afterAll(async () => {
    await running?.close();
    await aws?.close();
  });
  const dynamodb = () => {
    if (running === undefined) throw new Error("DynamoDB is there from the first beforeAll on");
    return running;
  };
  return {
    get url() {
      return dynamodb().url;
    },
    get requests() {
      return dynamodb().requests;
    },
    fail: (fault) => dynamodb().fail(fault),
    deliverLate: () => dynamodb().deliverLate(),
    letGo: () => dynamodb().letGo(),
    reset: () => dynamodb().reset(),
  };
}
