import { waitHandler } from "../../lib/transport/wait.ts";

/** Begins the steps of runs that wait for an event. Only state machines invoke it. */
export const handler = waitHandler("wait-for-event");
