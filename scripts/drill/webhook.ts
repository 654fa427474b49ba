/** The webhook endpoint of the drill's stack: at Stripe, as on a deployed stage. */
import type { Scene } from "./scene.ts";

const FOLDER = "/contractspec-stripe/dev";
export const WEBHOOK_SECRET = `${FOLDER}/STRIPE_WEBHOOK_SECRET`;
export const STRIPE_KEY = `${FOLDER}/STRIPE_SECRET_KEY`;
export const APP_SECRET = `${FOLDER}/APP_SECRET`;

/** Creates the endpoint with `npm run stripe`, and returns its signing secret. */
export async function createEndpoint(scene: Scene): Promise<string> {
  const secret = await scene.quietly("stripe webhook create");
  return secret.trim();
}
