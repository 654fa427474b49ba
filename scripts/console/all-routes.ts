/** Every route of the console's API: each part of the console adds its own. */
import type { Route } from "./server/route.ts";
import { statusRoutes } from "./status/routes.ts";
import { timeRoutes } from "./time/routes.ts";
import { timelineRoutes } from "./timeline/routes.ts";

export const ROUTES: readonly Route[] = [...statusRoutes, ...timeRoutes, ...timelineRoutes];
