/** `npm run find`: finds something by any of its ids, a mail address or an amount. docs/find-a-payment.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { findCommand } from "./find/command.ts";
import { runFind } from "./find/run.ts";

await runMain(findCommand, runFind);
