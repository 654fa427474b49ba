/** What serverless.yml takes for the event queues. JavaScript, because `${file()}` executes nothing else. */
export { eventQueueArns, eventQueues, routedEventQueueArns } from "./event-queues.ts";
