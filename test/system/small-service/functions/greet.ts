class NamedError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

export const handler = async (event: { readonly name?: string }) => {
  if (event.name === undefined) throw new NamedError("VALIDATION_FAILED", "name is missing");
  return { greeting: `Hello ${event.name}` };
};
