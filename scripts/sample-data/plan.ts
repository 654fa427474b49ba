/** Who the customers of the sample month are and what they do: the same for the same seed. Pure. */

import { seededRandom, shuffled } from "../../local/seeded-random.ts";
import { DEFAULT_SEED } from "./limits.ts";

/** What a customer does, in the order in which they are chosen for few customers. */
export const STORIES = [
  "subscribes",
  "buys",
  "recovers",
  "is refunded",
  "upgrades",
  "is declined",
  "is lost",
  "pays by link",
  "disputes",
  "tries and stays",
  "cancels",
  "leaves a run waiting",
  "has a run that fails",
  "tries and leaves",
] as const;
export type Story = (typeof STORIES)[number];

export interface Person {
  readonly story: Story;
  readonly name: string;
  readonly email: string;
  /** The application's own ids. */
  readonly userId: string;
  readonly orderId: string;
  /** Of a one-off payment, in cents. */
  readonly amount: number;
}

const FIRST = [
  "Ada",
  "Alan",
  "Barbara",
  "Dorothy",
  "Edith",
  "Edsger",
  "Frances",
  "Grace",
  "Hedy",
  "Jean",
  "John",
  "Katherine",
  "Ken",
  "Lynn",
  "Margaret",
  "Mary",
  "Niklaus",
  "Radia",
  "Shafi",
  "Tony",
];
const LAST = [
  "Adler",
  "Brandt",
  "Castro",
  "Dahl",
  "Eriksen",
  "Fischer",
  "Garcia",
  "Hansen",
  "Ito",
  "Jensen",
  "Kim",
  "Lopez",
  "Moreau",
  "Novak",
  "Okafor",
  "Petrov",
  "Quinn",
  "Rossi",
  "Silva",
  "Tanaka",
];
const FIRST_ORDER = 1042;
const LEAST_CENTS = 900;
const MOST_CENTS = 30_000;

/** Every story is told once before one is told again; with fewer customers, the first ones of the list. */
export function planOf(seed: number, customers: number): readonly Person[] {
  const random = seededRandom(seed);
  const firsts = shuffled(FIRST, random);
  const lasts = shuffled(LAST, random);
  const people = Array.from({ length: customers }, (_, index): Person => {
    const round = Math.floor(index / FIRST.length);
    const first = firsts[index % FIRST.length] ?? "Ada";
    // Another month has other customers: an address is one customer's.
    const mark = [...(seed === DEFAULT_SEED ? [] : [seed]), ...(round === 0 ? [] : [`${round}`])];
    const last = lasts[(index + round) % LAST.length] ?? "Adler";
    return {
      story: STORIES[index % STORIES.length] ?? "buys",
      name: `${first} ${last}`,
      email: `${[first, last, ...mark].join(".")}@example.com`.toLowerCase(),
      userId: `user-${[index + 1, ...(seed === DEFAULT_SEED ? [] : [seed])].join("-")}`,
      orderId: `order-${[FIRST_ORDER + index, ...(seed === DEFAULT_SEED ? [] : [seed])].join("-")}`,
      amount: LEAST_CENTS + 100 * Math.floor((random() * (MOST_CENTS - LEAST_CENTS)) / 100),
    };
  });
  return shuffled(people, random);
}
