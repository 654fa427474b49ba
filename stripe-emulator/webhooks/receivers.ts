import type { Store } from "../state/store.ts";
import type { Receiver } from "./post.ts";

const DEFAULT_ENDPOINT = "default";

/** The receivers of events: the webhook URL with which the emulator was started, and the endpoints made through the API. */
export class WebhookReceivers {
  url: string | undefined;
  readonly #secrets: readonly string[];
  readonly #store: Store;

  /** `secrets` sign the events for `url`; each endpoint has a secret of its own. */
  constructor(store: Store, url: string | undefined, secrets: readonly string[]) {
    this.#store = store;
    this.url = url;
    this.#secrets = secrets;
  }

  /** The endpoints that want events of this type: `default` for the webhook URL, and `we_...` ids. */
  wanting(type: string): string[] {
    const registered = this.#store
      .all("webhook_endpoint")
      .filter((endpoint) => endpoint.status === "enabled")
      .filter(({ enabled_events: types }) => types.includes("*") || types.includes(type))
      .map((endpoint) => endpoint.id);
    return this.url === undefined ? registered : [DEFAULT_ENDPOINT, ...registered];
  }

  /** The API version of the endpoint's events; undefined if it is the account's. */
  versionOf(endpoint: string): string | undefined {
    return this.#store.find("webhook_endpoint", endpoint)?.api_version ?? undefined;
  }

  /** Undefined for an endpoint that was deleted. */
  find(endpoint: string): Receiver | undefined {
    if (endpoint === DEFAULT_ENDPOINT) {
      return this.url === undefined ? undefined : { url: this.url, secrets: this.#secrets };
    }
    const url = this.#store.find("webhook_endpoint", endpoint)?.url;
    const secret = this.#store.endpointSecrets.get(endpoint);
    return url === undefined || secret === undefined ? undefined : { url, secrets: [secret] };
  }
}
