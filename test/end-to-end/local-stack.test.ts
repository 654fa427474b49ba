/**
 * Calls and runs over HTTP against one local stack. To start a stack takes longer than most of these tests, so they share
 * one; no test may depend on what another has left in it. What needs empty queues or a reconciler that has seen nothing
 * has a stack of its own: webhook-faults.test.ts. One of them alone: `-t` with a part of its title.
 */
import "./local-stack/process-payment.ts";
import "./local-stack/guarded-calls.ts";
