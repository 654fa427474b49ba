/** Every route of the console's API: each part of the console adds its own. */
import { attentionRoutes } from "./attention/routes.ts";
import { eventRoutes } from "./events/routes.ts";
import { findRoutes } from "./find/routes.ts";
import { mailRoutes } from "./mails/routes.ts";
import { objectRoutes } from "./objects/routes.ts";
import { policyRoutes } from "./policies/routes.ts";
import { runRoutes } from "./runs/routes.ts";
import type { Route } from "./server/route.ts";
import { statusRoutes } from "./status/routes.ts";
import { timeRoutes } from "./time/routes.ts";
import { timelineRoutes } from "./timeline/routes.ts";

export const ROUTES: readonly Route[] = [
  ...attentionRoutes,
  ...eventRoutes,
  ...findRoutes,
  ...mailRoutes,
  ...objectRoutes,
  ...policyRoutes,
  ...runRoutes,
  ...statusRoutes,
  ...timeRoutes,
  ...timelineRoutes,
];
