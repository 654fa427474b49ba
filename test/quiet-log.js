/** Keeps the log lines of the functions out of the tests' output, where they would hide a failure. LOG=1 shows them. */
const QUIET = Symbol.for("contractspec-stripe.quiet-log");

if (process.env.LOG === undefined && !(QUIET in process.stdout)) {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text, ...rest) => String(text).startsWith('{"level":') || write(text, ...rest);
  Object.defineProperty(process.stdout, QUIET, { value: true });
}
