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
const MACHINES = [
  { umask: "022", timeZone: "UTC" },
  { umask: "077", timeZone: "Asia/Kolkata" },
  { umask: "002", timeZone: "America/St_Johns" },
];

export function runCheckPackage(): Verdict {
  const version = cfnLintVersion();
  const machines = CHECKED_REGIONS.map((region, index): Machine => {
    const machine = MACHINES[index % MACHINES.length];
    return { region, umask: machine?.umask ?? "022", timeZone: machine?.timeZone ?? "UTC" };
  });
  for (const machine of machines) {
    showProgress(`Packaging for ${machine.region} ...`);
    makePackage(join(FOLDER, machine.region), machine);
  }
  showProgress("");
  const found = [
    ...differences(CHECKED_REGIONS),
    ...CHECKED_REGIONS.flatMap((region) => mistakesOf(region, version !== undefined)),
  ];
  for (const mistake of found) console.error(mistake);
  rmSync(FOLDER, { recursive: true, force: true });
  const regions = CHECKED_REGIONS.join(", ");
  console.log(`Packages compared: those of ${regions}, each made with another umask and time zone.`);
  console.log(`Our own checks of the templates: done for ${regions}.`);
  console.log(
    version === undefined
      ? "cfn-lint is not installed: skipped. To install it: pip install cfn-lint"
      : `${version}: done for ${regions}.`,
  );
  console.log(found.length === 0 ? "Nothing found." : `${found.length} mistakes found.`);
  return found.length === 0 ? "nothing wrong" : "something wrong";
}

/** Packages for two regions may differ only in the name of the region. */
function differences([first, ...others]: readonly string[]): string[] {
  if (first === undefined) return [];
  const ofFirst = digestsIn(join(FOLDER, first), first);
  return others.flatMap((region) =>
    differing(ofFirst, digestsIn(join(FOLDER, region), region)).map(
      (file) => `${file} differs in the packages for ${first} and ${region}, and not only by the region.`,
    ),
  );
}

function mistakesOf(region: string, hasCfnLint: boolean): string[] {
  return TEMPLATES.flatMap((name) => {
    const file = join(FOLDER, region, name);
    const own = templateMistakes(JSON.parse(readFileSync(file, "utf8")), region);
    const linted = hasCfnLint ? lint(file, region) : "";
    return [...own, ...(linted === "" ? [] : [linted])].map((mistake) => `${region}, ${name}: ${mistake}`);
  });
}
