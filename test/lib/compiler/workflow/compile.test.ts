import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { StateMachine } from "aws-local-stepfunctions";
import fc from "fast-check";
import { awaitedEvents } from "../../../../lib/compiler/workflow/awaited-events.ts";
import { compileWorkflow } from "../../../../lib/compiler/workflow/compile.ts";
import { loadWorkflow } from "../../../../lib/compiler/workflow/load-workflow.ts";
import { successPath } from "../../../../lib/compiler/workflow/workflow.ts";
import { Problem } from "../../../../lib/errors.ts";
import { fieldsOf, listOf, textOf } from "../../../../lib/untrusted.ts";
import { tries } from "../../../steps/effort.ts";
import { compiled, run } from "./engine.ts";

const fail = (code: ConstructorParameters<typeof Problem>[0], message: string) => () => {
  throw new Problem(code, message);
};

describe("the specification's process-payment", () => {
  const definition = compiled(readFileSync("workflows/process-payment.yml", "utf8"));
  const input = { customerEmail: "ada@example.com", customerName: "Ada", amount: 2599 };
  const answers = {
    "create-customer": () => ({ customerId: "cus_1", email: "sealed" }),
    "create-payment-intent": () => ({ paymentIntentId: "pi_1", clientSecret: "sealed-secret", status: "x" }),
    "send-payment-link": () => ({ messageId: "m_1" }),
    "notify-error": () => ({ messageId: "m_2" }),
  };

  it("runs its three steps and ends, and never runs notify-error", async () => {
    const { outcome, calls, output } = await run(definition, input, answers);

    expect(outcome).toBe("completed");
    expect(calls).toEqual([
      { step: "create-customer", inputs: { email: "ada@example.com", name: "Ada" } },
      { step: "create-payment-intent", inputs: { amount: 2599, currency: "usd", customerId: "cus_1" } },
      {
        step: "send-payment-link",
        inputs: {
          to: "ada@example.com",
          template: "payment-link",
          data: { clientSecret: "sealed-secret", amount: 2599 },
        },
      },
    ]);
    expect(output).toMatchObject({ steps: { "create-customer": { output: { customerId: "cus_1" } } } });
  });

  it("enters one state for each step, and after a handled failure one more", async () => {
    const { states } = await run(definition, input, answers);
    expect(states).toEqual(["create-customer", "create-payment-intent", "send-payment-link"]);
    const declined = fail("PAYMENT_REQUIRED", "Your card was declined.");
    const failed = await run(definition, input, { ...answers, "create-customer": declined });
    expect(failed.states).toEqual(["create-customer", "notify-error", "Run failed"]);
    const unhandled = await run(definition, input, { ...answers, "send-payment-link": declined });
    expect(unhandled.states.at(-1)).toBe("send-payment-link");
  });

  it("leaves out an input that was not given", async () => {
    const { calls } = await run(definition, { customerEmail: "ada@example.com", amount: 1 }, answers);

    expect(calls[0]?.inputs).toEqual({ email: "ada@example.com" });
  });

  it("sends a refused card straight to notify-error, and fails with the refusal", async () => {
    const declined = fail("PAYMENT_REQUIRED", "Your card was declined.");
    const result = await run(definition, input, { ...answers, "create-payment-intent": declined });

    expect(result.outcome).toBe("failed");
    expect(result.calls.map(({ step }) => step)).toEqual([
      "create-customer",
      "create-payment-intent",
      "notify-error",
    ]);
    expect(result.calls.at(-1)?.inputs).toEqual({
      to: "admin@example.com",
      template: "payment-error",
      data: { error: "Your card was declined." },
    });
    expect(result.error).toEqual({
      code: "PAYMENT_REQUIRED",
      message: "Your card was declined.",
      step: "create-payment-intent",
    });
  });

  it("keeps the original error when notify-error fails too", async () => {
    const result = await run(definition, input, {
      ...answers,
      "create-customer": fail("VALIDATION_FAILED", "email must be an address"),
      "notify-error": fail("INTERNAL_ERROR", "the mailbox is full"),
    });

    expect(result.outcome).toBe("failed");
    expect(result.error).toMatchObject({ code: "VALIDATION_FAILED", step: "create-customer" });
  });

  it("fails with the error of a last step that has no onFailure", async () => {
    const result = await run(definition, input, {
      ...answers,
      "send-payment-link": fail("FORBIDDEN", "not yours"),
    });

    expect(result.calls.at(-1)?.step).toBe("send-payment-link");
    expect(result.error).toMatchObject({ code: "FORBIDDEN", message: "not yours" });
  });

  it("retries a retryable failure, and then continues", async () => {
    const result = await run(definition, input, {
      ...answers,
      "create-customer": (_inputs, attempt) => {
        if (attempt < 3) throw new Problem("SERVICE_UNAVAILABLE", "not now");
        return answers["create-customer"]();
      },
    });

    expect(result.outcome).toBe("completed");
    expect(result.calls.filter(({ step }) => step === "create-customer")).toHaveLength(3);
  });

  it.each(["RATE_LIMITED", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT"] as const)(
    "gives up on %s after three executions",
    async (code) => {
      const result = await run(definition, input, { ...answers, "create-customer": fail(code, "no") });

      expect(result.calls.map(({ step }) => step)).toEqual([
        ...Array(3).fill("create-customer"),
        "notify-error",
      ]);
      expect(result.error?.code).toBe(code);
    },
  );
});

describe("a workflow in which no step names the next one", () => {
  const definition = compiled(`
workflowId: w
version: 1.0.0
steps:
  - { id: first, capability: make-report, inputs: { title: one } }
  - { id: second, capability: make-report, inputs: { title: two, count: "\${steps.first.output.total}" } }
  - { id: third, capability: make-report, inputs: { title: three } }
`);

  it("runs its steps in the order of the list", async () => {
    const result = await run(definition, {}, { first: () => ({ total: 7 }) });

    expect(result.calls.map(({ step }) => step)).toEqual(["first", "second", "third"]);
    expect(result.calls[1]?.inputs).toEqual({ title: "two", count: 7 });
  });

  it("ends at the step that fails", async () => {
    const result = await run(definition, {}, { second: fail("NOT_FOUND", "gone") });

    expect(result.calls.map(({ step }) => step)).toEqual(["first", "second"]);
    expect(result.error).toMatchObject({ code: "NOT_FOUND", step: "second" });
  });
});

describe("a shipped workflow", () => {
  it.each(readdirSync("workflows").filter((file) => file.endsWith(".yml")))(
    "%s enters one state for each step of a run that succeeds, and ends with the last one",
    (file) => {
      const { workflow } = loadWorkflow(`workflows/${file}`, readFileSync(`workflows/${file}`, "utf8"));
      const { StartAt, States } = compileWorkflow(workflow, (name) => name);
      const entered: string[] = [];
      for (let at: string | undefined = StartAt; at !== undefined; at = textOf(fieldsOf(States[at]).Next))
        entered.push(at);
      expect(entered).toEqual([...successPath(workflow)]);
      expect(States[entered.at(-1) ?? ""]).toMatchObject({ Type: "Task", End: true });
    },
  );
});

describe("an execution that retries a run", () => {
  const definition = compiled(readFileSync("workflows/process-payment.yml", "utf8"));
  const begunBefore = () => {
    throw Object.assign(new Error("{}"), { name: "RetryBeginsLater" });
  };

  it("continues with the step that it names, after the first step has said that it has succeeded before", async () => {
    const { calls, states, outcome } = await run(
      definition,
      {},
      { "create-customer": begunBefore },
      { from: "send-payment-link" },
    );
    expect(outcome).toBe("completed");
    expect(states).toEqual(["create-customer", "Where does the retry begin?", "send-payment-link"]);
    expect(calls.map(({ step }) => step)).toEqual(["create-customer", "send-payment-link"]);
  });

  it.each(["create-customer", "no-step"])("fails if it names %s, and does not ask again", async (from) => {
    const { states, outcome, error } = await run(
      definition,
      {},
      { "create-customer": begunBefore },
      { from },
    );
    expect([outcome, error?.code]).toEqual(["failed", "INTERNAL_ERROR"]);
    expect(states).toEqual(["create-customer", "Where does the retry begin?", "The retry begins nowhere"]);
  });
});

describe("a definition", () => {
  it.each([
    ["of process-payment", readFileSync("workflows/process-payment.yml", "utf8")],
    [
      "with a step that runs both after a success and after a failure",
      `
workflowId: w
version: 1.0.0
steps:
  - { id: a, capability: make-report, inputs: { title: x }, onSuccess: b, onFailure: b }
  - { id: b, capability: make-report, inputs: { title: x }, onFailure: c, retry: { backoff: linear } }
  - { id: c, capability: make-report, inputs: { title: x } }
`,
    ],
  ])("%s is valid Amazon States Language", (_given, text) => {
    expect(() => new StateMachine(compiled(text))).not.toThrow();
  });
});

describe("retry and timeout of a step", () => {
  const task = (keys: string) =>
    compiled(`
workflowId: w
version: 1.0.0
steps:
  - { id: a, capability: make-report, inputs: { title: x }, ${keys} }
`).States.a;

  it("count the first execution, and wait longer each time up to the longest delay", () => {
    const retry =
      "retry: { maxAttempts: 5, backoff: exponential, delayMs: 1500, maxDelayMs: 9000 }, timeoutMs: 2500";

    expect(task(retry)).toMatchObject({
      TimeoutSeconds: 3,
      Retry: [{}, { MaxAttempts: 4, IntervalSeconds: 2, BackoffRate: 2, MaxDelaySeconds: 9 }],
    });
  });

  it("wait the same time before each execution if linear", () => {
    expect(task("retry: { backoff: linear, delayMs: 4000 }")).toMatchObject({
      Retry: [{}, { IntervalSeconds: 4, BackoffRate: 1 }],
    });
  });

  it("retry nothing that has run if maxAttempts is one", () => {
    expect(task("retry: { maxAttempts: 1 }")).toMatchObject({
      Retry: [{ ErrorEquals: ["Lambda.TooManyRequestsException"] }],
    });
  });

  it.each(["maxAttempts: 1", "maxAttempts: 2, delayMs: 100, maxDelayMs: 200", "backoff: linear"])(
    "with { %s }, a call that Lambda throttles is retried for minutes",
    (retry) => {
      const [throttled] = listOf(fieldsOf(task(`retry: { ${retry} }`)).Retry).map(fieldsOf);
      expect(throttled?.ErrorEquals).toContain("Lambda.TooManyRequestsException");
      const waits = Array.from({ length: Number(throttled?.MaxAttempts) }, (_, i) =>
        Math.min(
          Number(throttled?.MaxDelaySeconds),
          Number(throttled?.IntervalSeconds) * Number(throttled?.BackoffRate) ** i,
        ),
      );
      // With full jitter, half of it on average.
      const longest = waits.reduce((sum, wait) => sum + wait, 0);
      expect(longest / 2).toBeGreaterThan(3 * 60);
      expect(longest).toBeLessThan(10 * 60);
    },
  );

  it("retry Lambda's own failures for as long, and each error by one rule only", () => {
    const rules = listOf(fieldsOf(task("retry: { maxAttempts: 3 }")).Retry).map(fieldsOf);
    const errors = rules.map(({ ErrorEquals }) => listOf(ErrorEquals));
    expect(errors[0]).toEqual([
      "Lambda.TooManyRequestsException",
      "Lambda.ServiceException",
      "Lambda.AWSLambdaException",
      "Lambda.SdkClientException",
    ]);
    expect(new Set(errors.flat()).size).toBe(errors.flat().length);
  });
});

describe("any workflow without cycles", () => {
  const ids = ["s0", "s1", "s2", "s3", "s4", "s5"];
  // Each step leads to later ones only. Unreachable steps are left out, because the check would refuse them.
  const workflow = fc
    .array(fc.record({ onSuccess: fc.nat(6), onFailure: fc.nat(6), fails: fc.boolean() }), {
      minLength: 2,
      maxLength: ids.length,
    })
    .map((drawn) => {
      const to = (index: number, ahead: number) =>
        ahead === 0 || index + ahead >= drawn.length ? undefined : ids[index + ahead];
      const all = drawn.map((step, index) => ({
        id: ids[index] ?? "",
        onSuccess: to(index, step.onSuccess),
        onFailure: to(index, step.onFailure),
        fails: step.fails,
      }));
      const reached = new Set(["s0"]);
      for (const step of all) {
        if (!reached.has(step.id)) continue;
        for (const next of [step.onSuccess, step.onFailure]) if (next !== undefined) reached.add(next);
      }
      return all.filter(({ id }) => reached.has(id));
    })
    .filter((steps) =>
      steps.some(({ onSuccess, onFailure }) => onSuccess !== undefined || onFailure !== undefined),
    );

  const written = (steps: readonly { readonly id: string; readonly fails: boolean }[]) =>
    JSON.stringify({
      workflowId: "w",
      version: "1.0.0",
      steps: steps.map(({ fails: _fails, ...step }) => ({
        ...step,
        capability: "make-report",
        inputs: { title: step.id },
      })),
    });

  it("runs its steps one after another, and fails with its first failure exactly when a step failed", async () => {
    await fc.assert(
      fc.asyncProperty(workflow, async (steps) => {
        const expected: string[] = [];
        let firstFailure: string | undefined;
        for (let at = steps[0]; at !== undefined; ) {
          const { id, fails, onSuccess, onFailure } = at;
          expected.push(id);
          if (fails) firstFailure ??= id;
          at = steps.find((step) => step.id === (fails ? onFailure : onSuccess));
        }

        const answers = steps
          .filter(({ fails }) => fails)
          .map(({ id }) => [id, fail("NOT_FOUND", id)] as const);
        const result = await run(compiled(written(steps)), {}, Object.fromEntries(answers));

        expect(result.calls.map(({ step }) => step)).toEqual(expected);
        expect(result.outcome).toBe(firstFailure === undefined ? "completed" : "failed");
        expect(result.error?.step).toBe(firstFailure);
        // What is entered besides the steps tells a success from a failure, where a step can follow either.
        const others = result.states.filter((state) => !expected.includes(state));
        const hasHandler = steps.some(({ onFailure }) => onFailure !== undefined);
        if (!hasHandler) expect(others).toEqual([]);
        if (firstFailure === undefined)
          expect([[], ["How did the run go?", "Run completed"]]).toContainEqual(others);
      }),
      { numRuns: tries({ sample: 15, whole: 150 }) },
    );
  });

  it("has no unreachable state, which Step Functions would refuse", () => {
    fc.assert(
      fc.property(workflow, (steps) => {
        const { States, StartAt } = compiled(written(steps));
        const ledTo = [...JSON.stringify(States).matchAll(/"(?:Next|Default)":"([^"]+)"/g)].map(
          ([, to]) => to,
        );

        expect(new Set([StartAt, ...ledTo])).toEqual(new Set(Object.keys(States)));
      }),
    );
  });
});

describe("a step that waits", () => {
  const source = `
workflowId: w
version: 1.0.0
steps:
  - id: wait-for-payment
    wait:
      event: payment_intent.succeeded
      object: \${input.paymentIntentId}
      failOn: payment_intent.canceled
      timeoutMs: 1500
    onFailure: tell
  - id: tell
    capability: make-report
    inputs: { title: "\${error.code}" }
`;
  const definition = compiled(source);
  const { Retry, ...state } = fieldsOf(definition.States["wait-for-payment"]);

  it("makes the webhook ask Stripe for the events that end or fail the wait", () => {
    const { workflow } = loadWorkflow("workflows/w.yml", source);
    expect(awaitedEvents([workflow])).toEqual(["payment_intent.canceled", "payment_intent.succeeded"]);
  });

  it("invokes the function that begins waits with a token, and has the wait's timeout in whole seconds", () => {
    expect(state).toMatchObject({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how CloudFormation writes a variable
      Resource: "arn:${AWS::Partition}:states:::lambda:invoke.waitForTaskToken",
      Parameters: {
        FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:wait-for-event",
        Payload: { task: { step: "wait-for-payment" }, "token.$": "$$.Task.Token", "scope.$": "$" },
      },
      ResultSelector: { "output.$": "$.output", "mac.$": "$.mac" },
      TimeoutSeconds: 2,
      Catch: [
        { ErrorEquals: ["RetryBeginsLater"], Next: "Where does the retry begin?" },
        { ErrorEquals: ["States.ALL"], Next: "tell" },
      ],
    });
  });

  it("tries again if the wait could not begin, and never after its timeout or a failure that an event reports", () => {
    const retried = listOf(Retry).flatMap((retrier) => listOf(fieldsOf(retrier).ErrorEquals));

    expect(retried).toContain("SERVICE_UNAVAILABLE");
    expect(retried).toContain("Lambda.TooManyRequestsException");
    for (const final of ["States.Timeout", "States.ALL", "States.TaskFailed", "PRECONDITION_FAILED"])
      expect(retried).not.toContain(final);
  });
});
