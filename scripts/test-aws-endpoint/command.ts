/** The command line of `npm run test:aws-endpoint`. No I/O. */
import type { Command } from "../command-line/command.ts";

export interface TestAwsEndpointAsked {
  /** Does not run the end-to-end suite. */
  readonly onlyFeatures: boolean;
}

export const testAwsEndpointCommand: Command<TestAwsEndpointAsked> = {
  invocation: "npm run test:aws-endpoint --",
  summary: "Tests the server at AWS_ENDPOINT_URL, such as LocalStack or moto",
  actions: [
    {
      name: "",
      summary:
        "Tries each feature of AWS that the product uses, then runs the end-to-end suite with the services of that server",
      options: { features: { about: "only tries the features" } },
      read: (given) => ({ onlyFeatures: given.flag("features") }),
    },
  ],
  notes: [
    "A feature that the server lacks is reported, and is no mistake. One that works in another way than on AWS is: exit status 1.",
    "docs/aws-endpoints.md says with which servers it was tried.",
  ],
};
