/** `npm run bench`: measures one thing that we promise to be fast, and compares it with its bar. docs/performance.md has the figures. */
import { benchCommand } from "./bench/frame/command.ts";
import { runBench } from "./bench/frame/run.ts";
import { runMain } from "./command-line/run-command.ts";

await runMain(benchCommand, runBench);
