/** The tools for agents -> generated/mcp-tools.ts, which the function mcp bundles. */
import type { Tool } from "../../lib/mcp/tool.ts";
import { BANNER, type Output } from "./output.ts";

export function generateMcpTools(output: Output, tools: readonly Tool[]): void {
  const json = JSON.stringify(tools, undefined, 2);
  output.write(
    "mcp-tools.ts",
    `${BANNER}import type { Tool } from "../lib/mcp/tool.ts";\n\nexport const tools: readonly Tool[] = ${json};\n`,
  );
}
