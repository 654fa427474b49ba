/** `npm run import-tables`: prepares the import of kept tables into a new stack: docs/deploy.md. Changes nothing in AWS. */
import { runMain } from "./command-line/run-command.ts";
import { importTablesCommand } from "./import-tables/command.ts";
import { runImportTables } from "./import-tables/run.ts";

await runMain(importTablesCommand, runImportTables);
