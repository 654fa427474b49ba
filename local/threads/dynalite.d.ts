/** The part of dynalite's JavaScript API that the local stack uses; the package has no types. */
declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    /** Milliseconds for which a table stays CREATING, DELETING and UPDATING. Default 500 each. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
    /** The folder of its LevelDB; in memory without it. */
    readonly path?: string;
  }

  export default function dynalite(options?: DynaliteOptions): Server;
}
