/** `npm run check-package`: packages for three regions, compares the packages, and checks their templates. Uses no network. */
import { checkPackageCommand } from "./check-package/command.ts";
import { runCheckPackage } from "./check-package/run.ts";
import { runMain } from "./command-line/run-command.ts";

await runMain(checkPackageCommand, runCheckPackage);
