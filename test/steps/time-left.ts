/** A deadline in this many milliseconds, with this machine's clock, for code that has one. */
export const timeLeft = (milliseconds: number) => ({
  deadline: Date.now() + milliseconds,
  now: () => new Date(),
});
