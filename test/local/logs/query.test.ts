import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { forgetLog, olderPart, openLogFile, readLogFile } from "../../../local/logs/log-file.ts";
import { type LogLine, readQuery } from "../../../local/logs/query.ts";

const AT = Date.parse("2026-11-27T08:30:15.000Z");

function line(fields: object, minute = 0, log = "/aws/lambda/a"): LogLine {
  return { timestamp: AT + minute * 60_000, log, message: JSON.stringify(fields) };
}

const LINES = [
  line({ event: "a", ms: 10, customerId: "cus_1", deep: { list: ["x", { y: 1 }] } }),
  line({ event: "a", ms: 30, customerId: "cus_2", level: "error" }, 1),
  line({ event: "b", ms: 20, customerId: "cus_1", "odd name": 1 }, 2, "/aws/lambda/b"),
  line({ event: "b" }, 3),
  { timestamp: AT + 240_000, log: "/aws/lambda/a", message: "2026 Task timed out after 3.00 seconds" },
];

const rows = (query: string) => readQuery(query).run(LINES);

describe("given lines of a log", () => {
  it.each<[string, object[]]>([
    ['filter event = "a" and ms >= 30 | fields ms', [{ ms: "30" }]],
    [
      'fields customerId | filter not ispresent(level) and customerId != "cus_2"',
      [{ customerId: "cus_1" }, { customerId: "cus_1" }],
    ],
    ["filter ms in [10, 20] | fields ms | sort ms desc", [{ ms: "20" }, { ms: "10" }]],
    ["filter @message like /timed out/ | fields @log", [{ "@log": "/aws/lambda/a" }]],
    ['filter @message like "timed out" | fields @timestamp', [{ "@timestamp": "2026-11-27 08:34:15.000" }]],
    ["filter event not like /(?i)A/ | stats count(*)", [{ "count(*)": "3" }]],
    ["filter `odd name` = 1 | fields `odd name`", [{ "odd name": "1" }]],
    ["filter deep.list.1.y = 1 | fields deep.list.0 as x, ms * 2 + 1 as twice", [{ x: "x", twice: "21" }]],
    ["filter ms > 15 or (event = 'b' and isblank(ms)) | stats count(*) as n", [{ n: "3" }]],
    [
      "filter ispresent(event) | stats count(*) as n, sum(ms) as sum, max(ms) as most, avg(ms) as mean by event | sort n desc, event",
      [
        { event: "a", n: "2", sum: "40", most: "30", mean: "20" },
        { event: "b", n: "2", sum: "20", most: "20", mean: "20" },
      ],
    ],
    [
      "stats count_distinct(customerId) as customers, pct(ms, 50) as median, min(ms) as least",
      [{ customers: "2", median: "20", least: "10" }],
    ],
    ["filter ispresent(ms) | stats count(*) as n by bin(2m) | sort n", [{ n: "1" }, { n: "2" }]],
    ["filter ispresent(event) | dedup event | fields event", [{ event: "a" }, { event: "b" }]],
    ["fields ms, event | sort @timestamp desc | limit 2 | display event", [{}, { event: "b" }]],
    ['fields coalesce(customerId, "nobody") as who | sort @timestamp desc | limit 1', [{ who: "nobody" }]],
  ])("the query %s has the rows %j", (query, expected) => {
    const found = rows(query).map((row) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith("bin("))),
    );
    expect(found).toEqual(expected);
  });

  it("a time is rounded down by bin", () => {
    expect(rows("stats count(*) as n by bin(1h)")).toEqual([
      { "bin(1h)": String(Date.parse("2026-11-27T08:00Z")), n: "5" },
    ]);
  });

  it.each([
    ["parse @message '*' as x", /the command parse is not known, in line 1/],
    [
      "fields ms\n| filter ms >",
      /a value is missing before "the end", in line 2 of the query: \| filter ms >/,
    ],
    ["filter f(ms)", /the function f is not known/],
    ["stats median(ms)", /the function median of stats is not known/],
    ["filter (ms = 1", /"\)" is missing/],
    ["filter ms = 1 2", /"2" is not expected/],
    ["filter ms not 2", /"like" or "in" is missing after "not"/],
    ["limit many", /limit needs a whole number/],
    ["filter event like /(/", /is not a pattern/],
    ["fields constructor(ms)", /the function constructor is not known/],
    ["filter ms ~ 2", /"~" is not expected/],
  ])("the query %j is refused, and the refusal says where", (query, message) => {
    expect(() => readQuery(query)).toThrow(message);
  });

  it("a query names the fields that it reads, and not the names that it gives", () => {
    const { fields } = readQuery(
      'filter a = "x" | stats count(*) as n, max(b.c) as m by d, bin(5m) | sort n desc, m',
    );
    expect([...fields].sort()).toEqual(["a", "b.c", "d"]);
  });

  it("any text is a query or refused with a reason", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("", "filter ", "stats ", "fields "), (text, command) => {
        try {
          readQuery(command + text).run(LINES);
        } catch (error) {
          expect(error).toHaveProperty("name", "QueryMistake");
        }
      }),
    );
  });
});

describe("given the file of a stack's log", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "log-"));
    file = join(folder, "3000.jsonl");
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const ever = { from: new Date(0), to: new Date(8.64e15) };

  it("a line has the time that it names, and is found by it", () => {
    const log = openLogFile(file, true);
    log.write("a", JSON.stringify({ timestamp: "2026-11-27T08:30:15.000Z" }));
    log.write("a", "not JSON");
    expect(readLogFile(file, { from: new Date(AT), to: new Date(AT + 1) })).toHaveLength(1);
    expect(readLogFile(file, { from: new Date(AT + 1), to: ever.to })).toMatchObject([
      { log: "/aws/lambda/a", message: "not JSON" },
    ]);
  });

  it("it goes on after a restart, also behind a line that was cut off", async () => {
    const first = openLogFile(file, true);
    first.write("a", "1");
    await first.close();
    writeFileSync(file, `${readFileSync(file, "utf8")}{"timestamp":1,"log"`);
    openLogFile(file, true).write("a", "2");
    expect(readLogFile(file, ever)?.map(({ message }) => message)).toEqual(["1", "2"]);
  });

  it("it is forgotten with the state that it belongs to, together with its older part", () => {
    openLogFile(file, true).write("a", "1");
    writeFileSync(olderPart(file), "older");
    forgetLog(file);
    forgetLog(file);
    expect([file, olderPart(file)].filter((part) => existsSync(part))).toEqual([]);
  });

  it("that of a stack without a kept state begins empty, and ends with the stack", async () => {
    openLogFile(file, true).write("a", "1");
    const log = openLogFile(file, false);
    expect(readLogFile(file, ever)).toBeUndefined();
    log.write("a", "2");
    await log.close();
    log.write("a", "3");
    expect(readLogFile(file, ever)).toBeUndefined();
  });
});
