/** The part of Express that the sample uses. */
declare module "express" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  type Responder = (
    request: IncomingMessage & { readonly body: Buffer },
    response: ServerResponse & { json(body: object): void },
  ) => void;
  interface App {
    (request: IncomingMessage, response: ServerResponse): void;
    post(path: string, readBody: unknown, respond: Responder): void;
  }
  const express: (() => App) & { raw(options: { readonly type: string }): unknown };
  export default express;
}
