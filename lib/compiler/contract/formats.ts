/** The formats of text that contracts can name, for the validators that are compiled into the functions. */
import { fullFormats } from "ajv-formats/dist/formats.js";
import { isEmailAddress } from "../../email-address.ts";

/** Those of ajv-formats, except that addresses follow the one rule of this service. */
export const formats = { ...fullFormats, email: isEmailAddress };
