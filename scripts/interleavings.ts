/** `npm run interleavings`: plays simulated interleavings by seed and checks them. test/interleavings/README.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { interleavingsCommand } from "./interleavings/command.ts";
import { runInterleavings } from "./interleavings/run.ts";

await runMain(interleavingsCommand, runInterleavings);
