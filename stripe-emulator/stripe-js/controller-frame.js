/** Runs in a hidden frame and makes the API calls that do not send a card. */
import { retrieve } from "./frame-api.js";
import { openChannel } from "./frame-channel.js";

openChannel({ retrieve });
