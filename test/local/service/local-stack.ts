/** The framework takes plugins from inside the service's folder only. */
export { default } from "../../../local/plugin.ts";
