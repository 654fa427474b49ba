/**
 * docs/cost.md, which is made from counted calls. With WRITE_DOCS=1, as `npm run docs` sets it, this test writes what it has
 * counted, the page and its picture.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { COUNTED_CALLS, costPage, readCounted } from "../../scripts/cost/calculate.ts";
import { type Counted, SCENARIO_NAMES } from "../../scripts/cost/counted.ts";
import { aMillion, PICTURE, renderPage } from "../../scripts/cost/page.ts";
import { costPicture } from "../../scripts/cost/picture.ts";
import * as given from "../steps/given.ts";
import { type PlayedPayments, startPlayedPayments } from "./cost/played-payments.ts";

const PAGE = "docs/cost.md";
const TITLE = "A million payments by the workflow process-payment, in US dollars";

const log = given.capturedLog();
let payments: PlayedPayments;
beforeAll(async () => {
  payments = await startPlayedPayments(log);
});
afterAll(() => payments.close());

function isWritten(file: string, content: string): void {
  if (process.env.WRITE_DOCS !== undefined) writeFileSync(file, content);
  expect(readFileSync(file, "utf8")).toBe(content);
}

/**
 * The same, nearly: ids have digits and letters by chance, and the beginning of a run is recorded by the function that comes first. The
 * budgets of `npm run bench -- calls` count exactly.
 */
function expectAlike(calls: Counted, counted: Counted): void {
  const counts: [string, number][] = [];
  const shapeOf = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (name, part) => {
      if (typeof part !== "number") return part;
      counts.push([name, part]);
      return 0;
    });
  expect(shapeOf(calls)).toEqual(shapeOf(counted));
  const now = counts.splice(0, counts.length / 2);
  for (const [index, [name, count]] of now.entries()) {
    const last = counts[index]?.[1] ?? 0;
    const tolerance = Math.max(1, 0.05 * last);
    if (Math.abs(count - last) > tolerance) throw new Error(`${name} was ${last}, and is ${count}`);
  }
}

describe("what AWS bills", () => {
  const counted = new Map<string, Counted>();

  it.each(SCENARIO_NAMES)(
    "for one %s, it is what was counted last: `npm run docs` counts again",
    async (scenario) => {
      const calls = await payments.play(scenario);
      counted.set(scenario, calls);
      if (process.env.WRITE_DOCS === undefined) expectAlike(calls, readCounted()[scenario]);
    },
  );

  it("docs/cost.md is made from these counts, the prices and what is declared; `npm run docs` writes it", () => {
    if (process.env.WRITE_DOCS !== undefined)
      writeFileSync(COUNTED_CALLS, `${JSON.stringify(Object.fromEntries(counted), null, 2)}\n`);
    const page = costPage(readCounted());
    isWritten(PAGE, renderPage(page));
    isWritten(`docs/${PICTURE}`, costPicture(TITLE, aMillion(page, "process-payment")));
  });
});
