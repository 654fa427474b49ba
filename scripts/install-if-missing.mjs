/**
 * Makes `npm run demo`, `npm test` and the others work as the first command in a fresh clone: installs the locked
 * dependencies when they are missing or do not match package-lock.json. Plain JavaScript, because it runs on any
 * installed Node (>= 20), before the pinned Node 24 has been installed.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const packagesOf = (lockfile) => JSON.parse(readFileSync(join(root, lockfile), "utf8")).packages;

/** npm writes this lockfile as the last step of an installation, so that it is there only after a whole one. */
const installedPackages = () => {
  try {
    return packagesOf("node_modules/.package-lock.json");
  } catch {
    return {};
  }
};

/** npm leaves out optional packages, which are for other platforms. */
const matchesLockfile = (locked, installed) =>
  Object.entries(locked).every(
    ([path, { optional, version }]) =>
      path === "" || (installed[path] === undefined ? optional : installed[path].version === version),
  );

const nodeMajor = Number(process.versions.node.split(".")[0]);
if (nodeMajor < 20) {
  console.error(`Node 20 or newer is needed to install; this is Node ${process.versions.node}.`);
  process.exit(1);
}

if (!matchesLockfile(packagesOf("package-lock.json"), installedPackages())) {
  // Standard error, because the standard output of a command may be piped.
  console.error("Installing dependencies (once; it takes one to three minutes) ...");
  const install = spawnSync("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["inherit", 2, "inherit"],
    shell: process.platform === "win32",
  });
  if (install.status !== 0) {
    console.error("`npm ci` failed; its output above says why.");
    process.exit(install.status ?? 1);
  }
}
