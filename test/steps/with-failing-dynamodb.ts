/** The emulated AWS services of a test file, with a DynamoDB proxy that can fail. Every test starts without faults. */
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { type FailingDynamoDb, failingDynamoDb } from "./failing-dynamodb.ts";
import * as given from "./given.ts";

/** Call it once, at the top of the file; DynamoDB is ready when the tests run. */
export function withFailingDynamoDb(): Omit<FailingDynamoDb, "close"> {
  given.localAws();
  let running: FailingDynamoDb | undefined;
  beforeAll(async () => {
    running = await failingDynamoDb();
  });
  beforeEach(() => running?.reset());
  afterAll(() => running?.close());
  const dynamodb = () => {
    if (running === undefined) throw new Error("DynamoDB is ready only after the first beforeAll");
    return running;
  };
  return {
    get requests() {
      return dynamodb().requests;
    },
    fail: (fault) => dynamodb().fail(fault),
    deliverLate: () => dynamodb().deliverLate(),
    letGo: () => dynamodb().letGo(),
    reset: () => dynamodb().reset(),
  };
}
