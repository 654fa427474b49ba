import { buildApp } from "fauxqs";
import { serveOnLoopback, settings } from "./emulator-port.ts";

await serveOnLoopback(async () => {
  const app = buildApp({ logger: false, defaultRegion: settings.region });
  await app.ready();
  app.server.once("close", () => void app.close());
  return app.server;
});
