/** cfn-lint, if this machine has it: https://github.com/aws-cloudformation/cfn-lint. */
import { spawnSync } from "node:child_process";

/**
 * A function's role is named in its DependsOn, too: serverless writes it for every role that is a resource of the template. It
 * changes nothing.
 */
const IGNORED = ["W3005"];

/** Its version; undefined if it is not installed. */
export function cfnLintVersion(): string | undefined {
  const { status, stdout } = spawnSync("cfn-lint", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** What it finds in a template for a region; empty for nothing. */
export function lint(template: string, region: string): string {
  const { status, stdout, stderr } = spawnSync(
    "cfn-lint",
    ["--regions", region, "--ignore-checks", ...IGNORED, "--template", template],
    { encoding: "utf8" },
  );
  return status === 0 ? "" : `${stdout}${stderr}`.trim() || `cfn-lint ended with ${status}`;
}
