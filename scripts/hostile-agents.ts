/** `npm run hostile-agents`: plays conversations of hostile agents by seed, and checks what came of them. docs/agents.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { hostileAgentsCommand } from "./hostile-agents/command.ts";
import { runHostileAgents } from "./hostile-agents/run.ts";

await runMain(hostileAgentsCommand, runHostileAgents);
