/** The person who decides about what agents ask for. Some decide at once, some too late, some never. */
import { fieldsOf, parseJson } from "../../lib/untrusted.ts";
import type { World } from "../interleavings/world/world.ts";
import { type ApiGateway, credentialOf, isFinal, type Response } from "./api-gateway.ts";

/** The most tries of one decision. */
const MOST_TRIES = 40;

export class Approver {
  readonly principal: string;
  readonly #world: World;
  readonly #gateway: ApiGateway;

  constructor(principal: string, world: World, gateway: ApiGateway) {
    this.principal = principal;
    this.#world = world;
    this.#gateway = gateway;
  }

  /** Decides until there is a final response. Returns the status that the approval has then. */
  async decide(approvalId: string, decision: "approve" | "reject"): Promise<string> {
    const { schedule } = this.#world;
    for (let count = 1; count <= MOST_TRIES; count += 1) {
      const response = await this.#once(approvalId, decision);
      schedule.note(`${this.principal}: ${decision} ${approvalId} got ${response.status}`);
      if (isFinal(response)) return String(fieldsOf(parseJson(response.text)).status);
      await new Promise<void>(
        (resolve) => void schedule.later("approver wakes", 500 + schedule.below(20_000), resolve),
      );
    }
    return "unknown";
  }

  #once(approvalId: string, decision: string): Promise<Response> {
    return this.#gateway.respond({
      method: "POST",
      path: `/api/approvals/${approvalId}/${decision}`,
      headers: { "content-type": "application/json", authorization: credentialOf(this.principal) },
      body: "{}",
    });
  }
}
