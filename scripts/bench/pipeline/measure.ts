/** The process that measures: sends the CPU time for a call, in milliseconds, to its parent. */
import { createRequire } from "node:module";
import { env } from "../../../lib/env.ts";
import { interleave, type Spread } from "../frame/interleave.ts";

export interface PipelineTimes {
  readonly pipeline: Spread;
  readonly bare: Spread;
}

const CALLS_PER_ROUND = 250;

const { pipeline, bare }: Record<keyof PipelineTimes, () => Promise<object>> = createRequire(import.meta.url)(
  env("BUNDLE"),
);

async function cpuMs(call: () => Promise<object>): Promise<number> {
  const before = process.cpuUsage();
  for (let made = 0; made < CALLS_PER_ROUND; made++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / CALLS_PER_ROUND;
}

const measured = await interleave(
  { pipeline: () => cpuMs(pipeline), bare: () => cpuMs(bare) },
  { rounds: 41, warmUp: 10 },
);
process.send?.({ pipeline: measured.of("pipeline"), bare: measured.of("bare") } satisfies PipelineTimes);
