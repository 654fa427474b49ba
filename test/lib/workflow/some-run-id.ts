import { randomUUID } from "node:crypto";

/** A run id that no run has. */
export const someRunId = () => `run-${randomUUID().replaceAll("-", "")}`;
