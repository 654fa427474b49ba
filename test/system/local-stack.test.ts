/**
 * Calls and runs over HTTP against one shared local stack: starting a stack takes longer than most of these tests. No test
 * may depend on data that another test left in the stack. Tests that need empty queues, or a reconciler that has seen
 * nothing, have a stack of their own: webhook-faults.test.ts. To run a single test, use `-t` with a part of its title.
 */
import "./local-stack/process-payment.ts";
import "./local-stack/guarded-calls.ts";
import "./local-stack/documented-calls.ts";
import "./local-stack/typed-clients.ts";
