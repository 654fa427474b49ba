/** An error of the API; `name` is its `__type` on the wire. */
export class StatesError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
