/** Where an operator's command reads the functions' log: CloudWatch Logs, or the file of the local stack. */
import { functionName } from "../../resources/names.ts";
import type { Target } from "../command-line/command.ts";
import { serviceName } from "../target.ts";
import { cloudWatchLog } from "./cloudwatch-logs.ts";
import { functionNames } from "./function-names.ts";
import { localLog } from "./local-log.ts";
import type { LogSource } from "./log-source.ts";

/** The log of the target's functions, or of one of them, named as its folder. After `selectTarget`. */
export async function logOf(target: Target, only?: string): Promise<LogSource> {
  const { stage = "dev" } = target;
  const names = only === undefined ? functionNames() : [only];
  const service = serviceName();
  const groups = names.map((name) => `/aws/lambda/${functionName(name, { service, stage })}`);
  return target.stage === undefined
    ? localLog(groups)
    : cloudWatchLog(groups, `/aws/lambda/${service}-${stage}-`);
}
