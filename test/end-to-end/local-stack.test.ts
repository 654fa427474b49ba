/**
 * Everything that is tested over HTTP against one local stack. To start a stack takes longer than most of these tests, so
 * they share one; no test may depend on what another has left in it. One of them alone: `-t` with a part of its title.
 */
import "./local-stack/process-payment.ts";
import "./local-stack/guarded-calls.ts";
import "./local-stack/webhook-faults.ts";
