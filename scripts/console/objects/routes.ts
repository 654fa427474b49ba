/** The pages of payments, customers, subscriptions and invoices, and of everything else that is recorded. */
import { Problem } from "../../../lib/errors.ts";
import type { Route } from "../server/route.ts";
import { objectPage } from "./object-page.ts";

/** It becomes part of a command to copy. */
const OBJECT_ID = /^[a-z]{2,12}(?:_[a-z]{2,12})?_\w{1,240}$/;

export const objectRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console/api/objects/:id",
    respond: ({ parameters: { id = "" } }, context) => {
      if (!OBJECT_ID.test(id))
        throw new Problem(
          "BAD_REQUEST",
          "The address must end with the id of a Stripe object, such as pi_123",
        );
      return objectPage(id, context);
    },
  },
];
