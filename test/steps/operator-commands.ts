/** Every operator's command, by the name of its npm script. */

import { affectedCommand } from "../../scripts/affected/command.ts";
import { approvalsCommand } from "../../scripts/approvals/command.ts";
import { auditCommand } from "../../scripts/audit/command.ts";
import { benchCommand } from "../../scripts/bench/frame/command.ts";
import { checkPackageCommand } from "../../scripts/check-package/command.ts";
import { clientCommand } from "../../scripts/client/command.ts";
import type { Command } from "../../scripts/command-line/command.ts";
import { consoleCommand } from "../../scripts/console/command.ts";
import { contractsCommand } from "../../scripts/contracts/command.ts";
import { costCommand } from "../../scripts/cost/command.ts";
import { demoCommand } from "../../scripts/demo/command.ts";
import { demoSaasCommand } from "../../scripts/demo-saas/command.ts";
import { demoSubscriptionCommand } from "../../scripts/demo-subscription/command.ts";
import { deployCommand } from "../../scripts/deploy/command.ts";
import { drillCommand } from "../../scripts/drill/command.ts";
import { endpointsCommand } from "../../scripts/endpoints/command.ts";
import { eventsCommand } from "../../scripts/events/command.ts";
import { findCommand } from "../../scripts/find/command.ts";
import { generateCommand } from "../../scripts/generate/command.ts";
import { guardsCommand } from "../../scripts/guards/command.ts";
import { hostileAgentsCommand } from "../../scripts/hostile-agents/command.ts";
import { importTablesCommand } from "../../scripts/import-tables/command.ts";
import { interleavingsCommand } from "../../scripts/interleavings/command.ts";
import { keysCommand } from "../../scripts/keys/command.ts";
import { mutationCommand } from "../../scripts/mutation/command.ts";
import { policyCommand } from "../../scripts/policy/command.ts";
import { rollbackCommand } from "../../scripts/rollback/command.ts";
import { sampleDataCommand } from "../../scripts/sample-data/command.ts";
import { sendEventCommand } from "../../scripts/send-event/command.ts";
import { simulateCommand } from "../../scripts/simulate/command.ts";
import { startCommand } from "../../scripts/start/command.ts";
import { stormCommand } from "../../scripts/storm/command.ts";
import { endpointStormCommand } from "../../scripts/storm-endpoints/command.ts";
import { stripeCommand } from "../../scripts/stripe/command.ts";
import { testAwsEndpointCommand } from "../../scripts/test-aws-endpoint/command.ts";
import { testStripeCommand } from "../../scripts/test-stripe/command.ts";
import { traceCommand } from "../../scripts/trace/command.ts";

export const OPERATOR_COMMANDS: readonly (readonly [string, Command<unknown>])[] = [
  ["affected", affectedCommand],
  ["approvals", approvalsCommand],
  ["audit", auditCommand],
  ["bench", benchCommand],
  ["check-package", checkPackageCommand],
  ["client", clientCommand],
  ["console", consoleCommand],
  ["contracts", contractsCommand],
  ["cost", costCommand],
  ["demo", demoCommand],
  ["demo:saas", demoSaasCommand],
  ["demo:subscription", demoSubscriptionCommand],
  ["deploy", deployCommand],
  ["drill", drillCommand],
  ["endpoints", endpointsCommand],
  ["events", eventsCommand],
  ["find", findCommand],
  ["generate", generateCommand],
  ["guards", guardsCommand],
  ["hostile-agents", hostileAgentsCommand],
  ["import-tables", importTablesCommand],
  ["interleavings", interleavingsCommand],
  ["keys", keysCommand],
  ["mutation", mutationCommand],
  ["policy", policyCommand],
  ["rollback", rollbackCommand],
  ["sample-data", sampleDataCommand],
  ["send-event", sendEventCommand],
  ["simulate", simulateCommand],
  ["start", startCommand],
  ["storm", stormCommand],
  ["storm:endpoints", endpointStormCommand],
  ["stripe", stripeCommand],
  ["test:aws-endpoint", testAwsEndpointCommand],
  ["test:stripe", testStripeCommand],
  ["trace", traceCommand],
];
