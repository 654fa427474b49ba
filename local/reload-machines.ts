// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how the framework writes a variable

/** Reads the state machines of the service again, after a workflow has changed. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseJson } from "../lib/untrusted.ts";
import { compiledTemplate, type Serverless } from "./service.ts";
import type { Machine } from "./step-functions/execution.ts";
import { stateMachines } from "./step-functions.ts";
import type { Resolve } from "./template.ts";

/** In a process of its own, because this one has already loaded the modules that read the workflows. */
const PROGRAM = `
const { stateMachines } = await import("./resources/state-machines.ts");
process.stdout.write(JSON.stringify(stateMachines()));`;

export async function reloadedMachines(serverless: Serverless, resolve: Resolve): Promise<Machine[]> {
  const { service } = serverless;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    cwd: serverless.serviceDir,
    maxBuffer: 64 * 1024 * 1024,
  });
  serverless.configurationInput.stepFunctions = parseJson(
    stdout
      .replaceAll("${self:service}", service.service)
      .replaceAll("${sls:stage}", service.provider.stage ?? "dev"),
  );
  return stateMachines(await compiledTemplate(serverless), resolve);
}
