/** The areas into which docs/capabilities.md sorts the capabilities, in its order, each with its heading. Pure. */
export const AREAS = {
  payments: "Payments",
  customers: "Customers and cards",
  subscriptions: "Subscriptions",
  invoices: "Invoices",
  catalogue: "Catalogue",
  "hosted-pages": "Hosted pages",
  usage: "Usage",
  mail: "Mail",
} as const;

export type Area = keyof typeof AREAS;

export const AREA_NAMES: readonly Area[] = Object.keys(AREAS).filter(isArea);

export function isArea(name: string): name is Area {
  return Object.hasOwn(AREAS, name);
}
