/** Runs in a hidden frame, makes the API calls that do not send a card, and translates errors. */
import { retrieve } from "./frame-api.js";
import { openChannel } from "./frame-channel.js";
import { translated } from "./translations.js";

openChannel({
  retrieve,
  translate: ({ error, locale }) => translated(error, locale, navigator.languages),
});
