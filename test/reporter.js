/**
 * Jest's reporter for this project. It prints each failure when it happens, a line of progress every few seconds (of a
 * single file, each of its tests), and at the end the slowest files, the failed tests and one line that any tool can
 * read: `12 passed, 0 failed`. A run that fails without a failed test says why.
 */
import { relative } from "node:path";

const PROGRESS_EVERY_MS = 15_000;
const SLOWEST = 10;
const MARKS = { passed: "ok  ", failed: "FAIL" };

export default class Reporter {
  #options;
  #results;
  #nextProgress = Date.now() + PROGRESS_EVERY_MS;
  #isComplete = false;
  #crash;

  constructor(globalConfig) {
    this.#options = globalConfig;
  }

  onRunStart(results) {
    this.#results = results;
    process.once("uncaughtExceptionMonitor", (error) => {
      this.#crash = error;
    });
    process.once("exit", () => this.#conclude());
  }

  onTestCaseResult(_test, { status, fullName }) {
    if (this.#isSingle()) print(`${MARKS[status] ?? "skip"} ${fullName}`);
  }

  onTestResult({ path }, file, results) {
    this.#results = results;
    // Of a single file Jest prints at once what the tests print.
    const printed = this.#isSingle() ? [] : (file.console ?? []);
    for (const { message, origin } of printed) print(message, origin.trim().split("\n")[0]);
    if (file.failureMessage) print(`FAIL ${relativeTo(this.#options, path)}`, file.failureMessage);
    if (Date.now() >= this.#nextProgress) {
      this.#nextProgress = Date.now() + PROGRESS_EVERY_MS;
      print(progressOf(results));
    }
  }

  #isSingle() {
    return this.#results.numTotalTestSuites === 1 || this.#options.verbose;
  }

  onRunComplete(_contexts, results) {
    this.#results = results;
    this.#isComplete = true;
    print(progressOf(results));
  }

  /** Jest sets its exit status when the process ends, and others print until then. */
  #conclude() {
    const end = { isComplete: this.#isComplete, crash: this.#crash, exitCode: process.exitCode };
    print(...conclusionOf(this.#options, this.#results, end));
  }
}

/**
 * The last lines of a run. `results` are Jest's; `end` says how the process ended: whether all files had run, the error
 * that nobody caught, and the exit code that was set by then.
 */
export function conclusionOf(options, results, end) {
  const failures = failuresOf(options, results);
  const slowest =
    results.numTotalTestSuites > SLOWEST ? ["Slowest files:", ...slowestOf(options, results)] : [];
  const failed =
    failures.length > 0
      ? ["Failed tests:", ...failures]
      : otherReasons(results, end).map((reason) => `The run fails, though no test does: ${reason}`);
  const skipped = results.numPendingTests === 0 ? "" : `, ${results.numPendingTests} skipped`;
  return [...slowest, ...failed, `${results.numPassedTests} passed, ${failures.length} failed${skipped}`];
}

/** Why Jest ends with another status than 0 although no test failed. */
function otherReasons({ openHandles = [], snapshot, success, wasInterrupted, numTotalTests }, end) {
  if (end.crash !== undefined) return [`Jest itself crashed: ${String(end.crash?.stack ?? end.crash)}`];
  if (!end.isComplete) return ["Jest ended before all files had run"];
  if (wasInterrupted) return ["it was interrupted"];
  if (openHandles.length > 0) return [`${openHandles.length} handles were left open`];
  if (numTotalTests === 0) return ["no test was found"];
  if (snapshot.failure) return ["a snapshot is missing or obsolete"];
  if (!success) return ["a reporter, or Jest's own set-up or teardown, threw; its error is above"];
  if (end.exitCode) {
    return [`something set process.exitCode to ${end.exitCode}, such as a log line after its test had ended`];
  }
  return [];
}

function progressOf(results) {
  const files = results.numPassedTestSuites + results.numFailedTestSuites + results.numPendingTestSuites;
  const seconds = Math.round((Date.now() - results.startTime) / 1000);
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return `${files} of ${results.numTotalTestSuites} files, ${results.numPassedTests} tests passed, ${failed} failed, ${seconds} s`;
}

/** One line for each failed test, and for each file that could not be run. */
function failuresOf(options, { testResults }) {
  return testResults.flatMap(({ testFilePath, testExecError, testResults: tests }) => {
    const file = relativeTo(options, testFilePath);
    const failed = tests.filter(({ status }) => status === "failed");
    const lines = failed.map(
      ({ ancestorTitles, title }) => `  ${[file, ...ancestorTitles, title].join(" > ")}`,
    );
    const isUnexplained = lines.length === 0 && testExecError !== undefined && testExecError !== null;
    return isUnexplained
      ? [`  ${file} could not be run: ${String(testExecError.message).split("\n")[0]}`]
      : lines;
  });
}

function slowestOf(options, { testResults }) {
  const seconds = ({ perfStats }) => (perfStats.end - perfStats.start) / 1000;
  return testResults
    .toSorted((a, b) => seconds(b) - seconds(a))
    .slice(0, SLOWEST)
    .map((file) => `  ${seconds(file).toFixed(1).padStart(6)} s  ${relativeTo(options, file.testFilePath)}`);
}

function relativeTo({ rootDir }, path) {
  return relative(rootDir, path);
}

function print(...lines) {
  process.stdout.write(`${lines.join("\n")}\n`);
}
