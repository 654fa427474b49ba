import { buildApp } from "fauxqs";
import { listenOnLoopback, settings } from "./emulator-port.ts";

const app = buildApp({ logger: false, defaultRegion: settings.region });
await app.ready();
listenOnLoopback(app.server);
