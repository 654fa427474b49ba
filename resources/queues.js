/** What serverless.yml takes for the event queues. JavaScript, because `${file()}` executes nothing else. */
export { eventQueueArns, eventQueues } from "./event-queues.ts";
