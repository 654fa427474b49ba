/**
 * functions/<name>/function.yml: how a function differs from others of its kind.
 *
 *   uses: [customers]                          named grants, see grants.ts
 *   timeout: 30                                seconds
 *   memorySize: 1024                           MB
 *   routes: [GET /api/audit]                   for authenticated callers
 *   openRoutes: [GET /api/health]              for anyone
 *   requestsPerSecond: 50                      of each route; throttles.ts has the defaults
 *   schedule: { rate: rate(1 hour), description: What it does }
 */
import type { YamlNode } from "../lib/compiler/source/yaml-source.ts";
import { YamlSource } from "../lib/compiler/source/yaml-source.ts";
import { suggestion } from "../lib/contract/suggestion.ts";
import { present } from "../lib/present.ts";
import {
  FUNCTION_KEYS,
  LEAST_MEMORY,
  LONGEST_ROUTE_SECONDS,
  LONGEST_SECONDS,
  MOST_MEMORY,
  MOST_REQUESTS,
  RATE,
  ROUTE,
  SCHEDULE_KEYS,
} from "./function-keys.ts";
import { GRANTS, type GrantName, isGrantName } from "./grants.ts";

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly open: boolean;
}

export interface Schedule {
  /** As EventBridge writes it: `rate(1 hour)`. */
  readonly rate: string;
  readonly description: string;
}

export interface FunctionFile {
  readonly uses: readonly GrantName[];
  /** Seconds. */
  readonly timeout?: number;
  /** MB. */
  readonly memorySize?: number;
  readonly routes: readonly Route[];
  /** Of each route. */
  readonly requestsPerSecond?: number;
  readonly schedule?: Schedule;
}

/** The function's own declarations; their mistakes are in `source.issues`. */
export function readFunctionFile(
  file: string,
  text: string,
): { readonly declared: FunctionFile; readonly source: YamlSource } {
  const source = new YamlSource(file, text);
  const { root } = source;
  root.knownEntries("the function", FUNCTION_KEYS);
  const routes = [...routesIn(root.get("routes"), false), ...routesIn(root.get("openRoutes"), true)];
  const schedule = root.get("schedule");
  return {
    source,
    declared: {
      uses: usesIn(root.get("uses")),
      ...present({
        timeout: wholeNumber(
          root.get("timeout"),
          "timeout",
          1,
          routes.length > 0 ? LONGEST_ROUTE_SECONDS : LONGEST_SECONDS,
        ),
        requestsPerSecond: wholeNumber(root.get("requestsPerSecond"), "requestsPerSecond", 1, MOST_REQUESTS),
        memorySize: wholeNumber(root.get("memorySize"), "memorySize", LEAST_MEMORY, MOST_MEMORY),
        schedule: schedule === undefined ? undefined : readSchedule(schedule),
      }),
      routes,
    },
  };
}

function usesIn(node: YamlNode | undefined): GrantName[] {
  return textsIn(node, "uses").flatMap(({ text, item }) => {
    if (isGrantName(text)) return [text];
    item.issue(`unknown grant "${text}"${suggestion(text, Object.keys(GRANTS))}`);
    return [];
  });
}

function routesIn(node: YamlNode | undefined, open: boolean): Route[] {
  return textsIn(node, open ? "openRoutes" : "routes").flatMap(({ text, item }) => {
    const [, method, path] = ROUTE.exec(text) ?? [];
    if (method !== undefined && path !== undefined) return [{ method, path, open }];
    item.issue("a route is a method and a path, such as GET /api/audit");
    return [];
  });
}

function textsIn(node: YamlNode | undefined, what: string): { text: string; item: YamlNode }[] {
  if (node !== undefined && node.items === undefined) node.issue(`${what} must be a list`);
  return (node?.items ?? []).map((item) => ({ text: item.text ?? "", item }));
}

function wholeNumber(
  node: YamlNode | undefined,
  what: string,
  minimum: number,
  maximum: number,
): number | undefined {
  if (node === undefined) return undefined;
  const value = Number(node.value);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  node.issue(`${what} must be a whole number from ${minimum} to ${maximum}`);
  return undefined;
}

function readSchedule(node: YamlNode): Schedule {
  node.knownEntries("schedule", SCHEDULE_KEYS);
  const rate = node.get("rate")?.text ?? "";
  if (!RATE.test(rate))
    (node.get("rate") ?? node).issue("a schedule has a rate, such as rate(1 hour) or cron(0 8 * * ? *)");
  const description = node.get("description")?.text ?? "";
  if (description === "")
    (node.get("description") ?? node).issue("a schedule needs a description of what it does");
  return { rate, description };
}
