/** Fills in the roles of a principal that has an API key. */
import { useEffect } from "preact/hooks";
import type { KnownPrincipals } from "../../scripts/console/policies/routes.ts";
import { query } from "../router.ts";
import { useLoaded } from "../server.ts";
import { ask } from "./ask.ts";

type Known = KnownPrincipals["principals"][number];

export function PrincipalChoice() {
  const { value } = useLoaded<KnownPrincipals>("policies/principals");
  const principals = value?.principals ?? [];
  const id = query.value.get("id") ?? "";
  const isWithoutRoles = !query.value.has("role");
  const named = principals.find((principal) => principal.id === id);
  useEffect(() => {
    // A call on the time line names its principal, and not its roles.
    if (named !== undefined && isWithoutRoles) choose(named);
  }, [named?.id, isWithoutRoles]);
  if (principals.length === 0) return null;
  return (
    <div class="field">
      <label for="known-principal">Principal with an API key</label>
      <select
        id="known-principal"
        value={named === undefined ? "" : labelOf(named)}
        onChange={({ currentTarget }) => {
          const chosen = principals.find((principal) => labelOf(principal) === currentTarget.value);
          if (chosen !== undefined) choose(chosen);
        }}
      >
        <option value="">another one</option>
        {principals.map((principal) => (
          <option key={labelOf(principal)}>{labelOf(principal)}</option>
        ))}
      </select>
    </div>
  );
}

const choose = ({ id, roles, customerId = "" }: Known) => ask({ id, role: roles, customer: customerId });

const labelOf = ({ id, roles, customerId }: Known) =>
  `${id} (${roles.join(", ")})${customerId === undefined ? "" : ` for ${customerId}`}`;
