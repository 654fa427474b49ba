/** What serverless.yml takes from the workflows beside this file. JavaScript, because `${file()}` executes nothing else. */
export { readPermissions, startPermissions, stateMachines } from "../scripts/generate/state-machines.ts";
