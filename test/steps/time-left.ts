/** What is given to code that has a deadline: it ends in so many milliseconds on this machine's clock. */
export const timeLeft = (milliseconds: number) => ({
  deadline: Date.now() + milliseconds,
  now: () => new Date(),
});
