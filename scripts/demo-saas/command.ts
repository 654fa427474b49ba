import type { Command } from "../command-line/command.ts";

export const demoSaasCommand: Command<undefined> = {
  invocation: "npm run demo:saas --",
  summary:
    "Shows three months of a company on the local stack, with its clock moved, and accounts for every cent",
  actions: [
    {
      name: "",
      summary:
        "Starts the local stack, plays the three months, and prints what each customer paid, was refunded and still has to pay; compares Stripe, our records and the notifications, and stops at the first step that fails",
      read: () => undefined,
    },
  ],
};
