/** Runs `npm run check-package`. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ALARMS_TEMPLATE } from "../../resources/package-plugin.ts";
import { templateMistakes } from "../../resources/template-mistakes.ts";
import type { Verdict } from "../command-line/command.ts";
import { showProgress } from "../progress-line.ts";
import { cfnLintVersion, lint } from "./cfn-lint.ts";
import { CHECKED_REGIONS } from "./command.ts";
import { type Machine, makePackage } from "./make-package.ts";
import { differing, digestsIn } from "./package-files.ts";

const FOLDER = ".local/check-package";
const TEMPLATES = ["cloudformation-template-update-stack.json", ALARMS_TEMPLATE];
/** They differ in what must not change a package. */
const MACHINES: readonly Pick<Machine, "umask" | "timeZone">[] = [
  { umask: "022", timeZone: "UTC" },
  { umask: "077", timeZone: "Asia/Kolkata" },
];

export function runCheckPackage(): Verdict {
  const version = cfnLintVersion();
  const packages = packagesToMake();
  for (const { folder, machine } of packages) {
    showProgress(`Packaging for ${machine.region} ...`);
    makePackage(folder, machine);
  }
  showProgress("");
  const found = [
    ...differences(packages),
    ...CHECKED_REGIONS.flatMap((region) => mistakesOf(region, version !== undefined)),
  ];
  for (const mistake of found) console.error(mistake);
  rmSync(FOLDER, { recursive: true, force: true });
  const regions = CHECKED_REGIONS.join(", ");
  console.log(
    `Packages compared: two of ${CHECKED_REGIONS[0]}, made with another umask and time zone, byte by byte;`,
  );
  console.log("and the code of the functions for the other regions.");
  console.log(`Our own checks of the templates: done for ${regions}.`);
  console.log(
    version === undefined
      ? "cfn-lint is not installed: skipped. To install it: pip install cfn-lint"
      : `${version}: done for ${regions}.`,
  );
  console.log(found.length === 0 ? "Nothing found." : `${found.length} mistakes found.`);
  return found.length === 0 ? "nothing wrong" : "something wrong";
}

interface Packaged {
  readonly folder: string;
  readonly machine: Machine;
}

/** The first region's twice, the second time on another machine; one for each other region. */
function packagesToMake(): readonly [Packaged, Packaged, ...Packaged[]] {
  const [first, ...others] = CHECKED_REGIONS;
  const [one, another] = MACHINES;
  const packaged = (name: string, region: string, machine = one): Packaged => ({
    folder: join(FOLDER, name),
    machine: { region, umask: "022", timeZone: "UTC", ...machine },
  });
  return [
    packaged(first, first),
    packaged("again", first, another),
    ...others.map((region) => packaged(region, region, another)),
  ];
}

/** Two packages for a region are the same; for another region, only templates may differ, such as in what a price is there. */
function differences([first, again, ...others]: readonly [Packaged, Packaged, ...Packaged[]]): string[] {
  const ofFirst = digestsIn(first.folder);
  return [
    ...differing(ofFirst, digestsIn(again.folder)).map(
      (file) => `${file} differs in two packages for ${first.machine.region}.`,
    ),
    ...others.flatMap(({ folder, machine }) =>
      differing(ofFirst, digestsIn(folder))
        .filter((file) => file.endsWith(".zip"))
        .map((file) => `${file} differs in the packages for ${first.machine.region} and ${machine.region}.`),
    ),
  ];
}

function mistakesOf(region: string, hasCfnLint: boolean): string[] {
  return TEMPLATES.flatMap((name) => {
    const file = join(FOLDER, region, name);
    const own = templateMistakes(JSON.parse(readFileSync(file, "utf8")), region);
    const linted = hasCfnLint ? lint(file, region) : "";
    return [...own, ...(linted === "" ? [] : [linted])].map((mistake) => `${region}, ${name}: ${mistake}`);
  });
}
