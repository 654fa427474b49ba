/** functions/pay-page/assets/ -> generated/pay-page-assets.ts: the page's script and style, inside its bundle. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BANNER, type Output } from "./output.ts";

export function generatePayPageAssets(output: Output, root: string): void {
  const read = (name: string) =>
    JSON.stringify(readFileSync(join(root, "functions/pay-page/assets", name), "utf8"));
  output.write(
    "pay-page-assets.ts",
    `${BANNER}export const payScript = ${read("pay.js")};\nexport const payStyle = ${read("pay.css")};\n`,
  );
}
