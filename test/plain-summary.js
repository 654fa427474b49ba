/** A Jest reporter that ends the output with one line any tool can read: `12 passed, 0 failed`. */
export default class PlainSummary {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = results;
    const skipped = numPendingTests === 0 ? "" : `, ${numPendingTests} skipped`;
    // Jest's own summary is printed after every reporter's.
    process.once("exit", () => {
      console.log(`${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed${skipped}`);
    });
  }
}
