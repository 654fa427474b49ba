import { join } from "node:path";
import dynalite from "dynalite";
import { serveOnLoopback, settings } from "./emulator-port.ts";

// Tables are usable immediately: waiting half a second for each would test nothing.
await serveOnLoopback(() =>
  dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(settings.stateFolder === undefined ? {} : { path: join(settings.stateFolder, "dynamodb") }),
  }),
);
