/**
 * Stands in for a module of the protocol's SDK in the functions' bundles (`alias` in serverless.yml): a validator of JSON Schema,
 * which the SDK uses for what users fill in when a server asks them. This server asks nobody, and the validator would be a
 * third of the bundle.
 */

/** With the name that the SDK imports. */
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error("This server has no validator of JSON Schema, because it asks users for nothing");
  }
}
