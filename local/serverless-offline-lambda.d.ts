/** The part of serverless-offline that the local stack replaces; the package has no types. */
declare module "serverless-offline/lambda" {
  export default class Lambda {
    /** Returns what runs one invocation of the function with this key of serverless.yml. */
    get(functionKey: string): OfflineFunction;
    start(): unknown;
    stop(timeout?: number): unknown;
    cleanup(): unknown;
  }

  export interface OfflineFunction {
    setEvent(event: unknown): void;
    setClientContext(clientContext: unknown): void;
    runHandler(): Promise<unknown>;
  }
}
