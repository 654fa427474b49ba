/** Every route of the console's API: each part of the console adds its own. */
import { eventRoutes } from "./events/routes.ts";
import { mailRoutes } from "./mails/routes.ts";
import type { Route } from "./server/route.ts";
import { timelineRoutes } from "./timeline/routes.ts";

export const ROUTES: readonly Route[] = [...timelineRoutes, ...eventRoutes, ...mailRoutes];
