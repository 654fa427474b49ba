/**
 * Makes `npm run demo`, `npm test` and the others work as the first command in a fresh clone: installs the locked
 * dependencies when they are missing or do not match package-lock.json. Plain JavaScript, because it runs on any
 * installed Node (>= 20), before the pinned Node 24 has been installed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".installed-lockfile");
const lockfile = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

const nodeMajor = Number(process.versions.node.split(".")[0]);
if (nodeMajor < 20) {
  console.error(`Node 20 or newer is needed to install; this is Node ${process.versions.node}.`);
  process.exit(1);
}

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lockfile) {
  // Standard error, because the standard output of a command may be piped.
  console.error("Installing dependencies (once; about a minute) ...");
  const install = spawnSync("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["inherit", 2, "inherit"],
    shell: process.platform === "win32",
  });
  if (install.status !== 0) {
    console.error("`npm ci` failed; its output above says why.");
    process.exit(install.status ?? 1);
  }
  writeFileSync(stamp, lockfile);
}
