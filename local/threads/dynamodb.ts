import dynalite from "dynalite";
import { listenOnLoopback } from "./emulator-port.ts";

// Tables are usable at once: nothing is learnt from waiting half a second for each.
listenOnLoopback(dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }));
