/** Asks for a decision: everything in it is in the address, so that a decision can be shared. */
import type { PolicyQuestions } from "../../scripts/console/policies/routes.ts";
import { query } from "../router.ts";
import { ask } from "./ask.ts";
import { Input } from "./decision-input.tsx";
import { PrincipalChoice } from "./known-principals.tsx";

export function DecisionForm({ questions }: { readonly questions: PolicyQuestions }) {
  const { resources, usageNames } = questions;
  const text = (name: string) => query.value.get(name) ?? "";
  const capability = text("capability");
  const actions = resources.find(({ id }) => id === capability)?.actions ?? [];
  const action = actions.find((each) => each === text("action")) ?? actions[0];
  return (
    <form class="schema-form" onSubmit={(event) => event.preventDefault()}>
      <h2>Who does what</h2>
      <PrincipalChoice />
      <Roles known={questions.roles} />
      <Text name="id" label="Principal (optional)" hint="Its id, if a rule reads it" />
      <Text
        name="customer"
        label="Customer (optional)"
        hint="The only one that the principal may act for: cus_…"
      />
      <div class="field">
        <label for="capability">Resource</label>
        <select
          id="capability"
          value={capability}
          onChange={({ currentTarget: { value } }) => ask({ capability: value, action: "", input: "" })}
        >
          <option value="">choose</option>
          {resources.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      </div>
      {action !== undefined && (
        <>
          <div class="field">
            <label for="action">Action</label>
            <select
              id="action"
              value={action}
              onChange={({ currentTarget: { value } }) => ask({ action: value, input: "" })}
            >
              {actions.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </div>
          <Input key={`${capability} ${action}`} capability={capability} action={action} />
        </>
      )}
      <details open={text("usage") !== ""}>
        <summary>Usage, time and stage</summary>
        <Usage names={usageNames} />
        <Text name="now" label="Time (optional)" hint="UTC, such as 2027-01-31T12:00:00Z; by default now" />
        <Text name="stage" label="Stage (optional)" hint="By default dev, as on the local stack" />
      </details>
    </form>
  );
}

function Text({
  name,
  label,
  hint,
}: {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
}) {
  return (
    <div class="field">
      <label for={`text-${name}`}>{label}</label>
      <input
        id={`text-${name}`}
        value={query.value.get(name) ?? ""}
        aria-describedby={`hint-${name}`}
        autocomplete="off"
        spellcheck={false}
        onChange={({ currentTarget: { value } }) => ask({ [name]: value.trim() })}
      />
      <p id={`hint-${name}`} class="quiet">
        {hint}
      </p>
    </div>
  );
}

function Roles({ known }: { readonly known: readonly string[] }) {
  const held = query.value.getAll("role");
  const names = [...known, ...held.filter((role) => !known.includes(role))];
  return (
    <fieldset>
      <legend>Roles</legend>
      <div class="roles">
        {names.map((role) => (
          <label key={role}>
            <input
              type="checkbox"
              checked={held.includes(role)}
              onChange={({ currentTarget: { checked } }) =>
                ask({ role: names.filter((each) => (each === role ? checked : held.includes(each))) })
              }
            />{" "}
            {role}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Usage({ names }: { readonly names: readonly string[] }) {
  const given = new Map(
    (query.value.get("usage") ?? "").split(",").flatMap((pair): [string, string][] => {
      const [name = "", count = ""] = pair.split("=");
      return name === "" ? [] : [[name, count]];
    }),
  );
  const put = (name: string, count: string) => {
    const counts = names.flatMap((each) => {
      const value = each === name ? count : (given.get(each) ?? "");
      return value === "" ? [] : [`${each}=${value}`];
    });
    ask({ usage: counts.join(",") });
  };
  return (
    <fieldset>
      <legend>Usage so far, this call included</legend>
      <p class="quiet">
        Without it, rules that read usage are left out. What is not given is that of a quiet day.
      </p>
      {names.map((name) => (
        <div key={name} class="field">
          <label for={`usage-${name}`}>{name}</label>
          <input
            id={`usage-${name}`}
            inputMode="numeric"
            value={given.get(name) ?? ""}
            onChange={({ currentTarget: { value } }) => put(name, value.trim())}
          />
        </div>
      ))}
    </fieldset>
  );
}
