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

  onTestResult({ path }, file, results) {
    this.#results = results;
    const isSingle = results.numTotalTestSuites === 1 || this.#options.verbose;
    // Of a single file Jest prints at once what the tests print.
    const printed = isSingle ? [] : (file.console ?? []);
    for (const { message, origin } of printed) print(message, origin.trim().split("\n")[0]);
    if (isSingle) {
      for (const { status, fullName } of file.testResults) print(`${MARKS[status] ?? "skip"} ${fullName}`);
    }
    if (file.failureMessage) print(`FAIL ${relativeTo(this.#options, path)}`, file.failureMessage);
    if (Date.now() >= this.#nextProgress) {
      this.#nextProgress = Date.now() + PROGRESS_EVERY_MS;
      print(progressOf(results));
    }
  }

  onRunComplete(_contexts, results) {
    this.#results = results;
    this.#isComplete = true;
    print(progressOf(results));
  }

  /** Jest sets its exit status when the process ends, and others print until then. */
  #conclude() {
    const results = this.#results;
    const failures = failuresOf(this.#options, results);
    if (results.numTotalTestSuites > SLOWEST) print("Slowest files:", ...slowestOf(this.#options, results));
    if (failures.length > 0) print("Failed tests:", ...failures);
    else for (const reason of this.#otherReasons()) print(`The run fails, though no test does: ${reason}`);
    const skipped = results.numPendingTests === 0 ? "" : `, ${results.numPendingTests} skipped`;
    print(`${results.numPassedTests} passed, ${failures.length} failed${skipped}`);
  }

  /** Why Jest ends with another status than 0 although no test failed. */
  #otherReasons() {
    const { openHandles = [], snapshot, success, wasInterrupted, numTotalTests } = this.#results;
    const reasons = [];
    if (this.#crash !== undefined)
      reasons.push(`Jest itself crashed: ${String(this.#crash?.stack ?? this.#crash)}`);
    else if (!this.#isComplete) reasons.push("Jest ended before all files had run");
    else if (wasInterrupted) reasons.push("it was interrupted");
    else if (numTotalTests === 0) reasons.push("no test was found");
    else if (snapshot.failure) reasons.push("a snapshot is missing or obsolete");
    else if (!success)
      reasons.push("a reporter, or Jest's own set-up or teardown, threw; its error is above");
    if (openHandles.length > 0) reasons.push(`${openHandles.length} handles were left open`);
    if (process.exitCode && reasons.length === 0) {
      reasons.push(
        `something set process.exitCode to ${process.exitCode}, such as a log line after its test had ended`,
      );
    }
    return reasons;
  }
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
