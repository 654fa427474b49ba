import { describe, expect, it } from "@jest/globals";
import { costCommand } from "../../../scripts/cost/command.ts";
import { runCost } from "../../../scripts/cost/run.ts";
import { runHere } from "../../steps/commands.ts";

const run = (words: string) => runHere(costCommand, runCost, words);
/** The dollars in the line that begins with `title`. */
const dollars = (out: string, title: string) =>
  Number(new RegExp(`^${title} +([\\d.]+)$`, "m").exec(out)?.[1]);

describe("given npm run cost", () => {
  it("without options it calculates a month with 100,000 payments by a call", async () => {
    const { status, out } = await run("");
    expect(status).toBe(0);
    expect(out).toContain("100,000 x a payment by a call");
    expect(dollars(out, "the month, in all")).toBeGreaterThan(dollars(out, "API Gateway"));
    expect(out).not.toContain("Step Functions");
  });

  it("twice the calls cost twice as much, and the month itself as much as before", async () => {
    const [one, two] = await Promise.all(["1000000", "2000000"].map((n) => run(`--workflow-payments ${n}`)));
    const of = (title: string) => [dollars(one?.out ?? "", title), dollars(two?.out ?? "", title)] as const;
    const [once, twice] = of("Step Functions");
    expect(once).toBeGreaterThan(0);
    expect(twice).toBeCloseTo(2 * once, 2);
    const [month, same] = of("alarms, metrics, schedules, keys");
    expect(same).toBe(month);
  });

  it("a month without calls costs what the stack costs when nobody pays", async () => {
    const { out } = await run("--payments 0");
    expect(dollars(out, "the month, in all")).toBe(dollars(out, "alarms, metrics, schedules, keys"));
  });

  it.each([
    ["--payments many", "--payments must be a whole number from 0 to 1000000000"],
    ["--region mars", "--region must be one of us-east-1, eu-central-1, ap-southeast-2"],
  ])("%s is refused", async (words, message) => {
    const { status, err } = await run(words);
    expect(status).toBe(2);
    expect(err).toContain(message);
  });
});
