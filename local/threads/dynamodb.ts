import dynalite from "dynalite";
import { serveOnLoopback } from "./emulator-port.ts";

// Tables are usable at once: nothing is learnt from waiting half a second for each.
await serveOnLoopback(() => dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }));
