/** The command line of `npm run find`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";

export type FindAsked =
  | { readonly action: "find"; readonly text: string; readonly json: boolean }
  | { readonly action: "rebuild" };

export const findCommand: Command<FindAsked> = {
  invocation: "npm run find --",
  summary:
    "Finds payments, customers, subscriptions, invoices, runs, events and requests by what you have of them",
  actions: [
    {
      name: "",
      summary: "Lists what has this id, mail address or amount, with the address of its page in the console",
      positionals: [
        {
          name: "text",
          about: "an id of Stripe or of the application, a mail address, or an amount such as 42.00 usd",
          isOptional: true,
          repeats: true,
        },
      ],
      options: {
        json: { about: "prints JSON" },
        rebuild: {
          about: "makes the index of the application's ids again, from the records; safe to repeat",
        },
      },
      read: (given) => {
        const text = given.positionals.join(" ").trim();
        if (given.flag("rebuild")) {
          if (text !== "") throw misused("--rebuild takes no text");
          return { action: "rebuild" };
        }
        if (text === "") throw misused("Say what to find: npm run find -- order-1042");
        return { action: "find", text, json: given.flag("json") };
      },
    },
  ],
  takesTarget: true,
  notes: [
    "Exits with 1 if it finds nothing.",
    "The application's ids and mail addresses are in an index, under keyed digests. Amounts are not: 20000 records are read for them.",
    "Requests are found in the functions' log of the last 14 days.",
  ],
};
