/** Counts as people read them: "12,345". */
const format = new Intl.NumberFormat("en");

export const grouped = (count: number): string => format.format(count);
