/** Runs in a hidden frame and makes the API calls that need no card. */
import { retrieve } from "./frame-api.js";
import { openChannel } from "./frame-channel.js";

openChannel({ retrieve });
