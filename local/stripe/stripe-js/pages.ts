import type { Emulator } from "../emulator.ts";

export interface Page {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The pages and scripts that browsers load, or undefined when the address is none of them. */
export function servePage(_emulator: Emulator, _method: string, _url: URL, _body: string): Page | undefined {
  return undefined;
}
