/** Makes a package of the stage dev in a process of its own, as another machine would. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { Problem } from "../../lib/errors.ts";

export interface Machine {
  readonly region: string;
  /** The permissions that new files do not get, such as "022". */
  readonly umask: string;
  readonly timeZone: string;
}

/** Throws INTERNAL_ERROR with the framework's message if it cannot package. `folder` is replaced. */
export function makePackage(folder: string, { region, umask, timeZone }: Machine): void {
  rmSync(folder, { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync(
    "sh",
    ["-c", `umask ${umask} && exec serverless package --package ${folder}`],
    {
      encoding: "utf8",
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        TZ: timeZone,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: "",
        AWS_CONFIG_FILE: "none",
      },
    },
  );
  if (status === 0) return;
  throw new Problem("BAD_REQUEST", `serverless cannot make a package for ${region}:\n${stdout}${stderr}`);
}
