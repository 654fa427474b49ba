/** The framework loads plugins only from inside the service's folder. */
export { default } from "../../../local/plugin.ts";
