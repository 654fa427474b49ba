/**
 * All tests that call one shared local stack over HTTP: starting a stack takes longer than most of these tests. No test
 * may depend on data that another test left in the stack. To run a single test, use `-t` with a part of its title.
 */
import "./local-stack/process-payment.ts";
import "./local-stack/guarded-calls.ts";
import "./local-stack/webhook-faults.ts";
