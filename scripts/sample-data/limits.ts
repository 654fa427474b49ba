/** How large a month of sample data is. */
export const MOST_CUSTOMERS = 200;
/** One of each story. */
export const DEFAULT_CUSTOMERS = 14;
export const DEFAULT_SEED = 1;
