/** Policies: one decision and why, and the cases that the policies must pass. */
import "./policies.css";
import type { PolicyQuestions } from "../../scripts/console/policies/routes.ts";
import { Problem } from "../parts/problem.tsx";
import { href, path } from "../router.ts";
import { Reading } from "../runs/reading.tsx";
import { useLoaded } from "../server.ts";
import { CasesView } from "./cases-view.tsx";
import { DecisionForm } from "./decision-form.tsx";
import { DecisionShown } from "./decision-shown.tsx";

export function PoliciesView() {
  const [, part] = path.value;
  const { value, problem } = useLoaded<PolicyQuestions>("policies");
  return (
    <>
      <h1>Policies</h1>
      <p>
        <a href={href("policies")} aria-current={part === undefined ? "page" : undefined}>
          One decision
        </a>{" "}
        ·{" "}
        <a href={href("policies", "cases")} aria-current={part === "cases" ? "page" : undefined}>
          The cases
        </a>
      </p>
      <p class="quiet">
        The rules are those of the files policies/*.yml in this checkout
        {value?.stage === undefined ? "." : `, and not what ${value.stage} was deployed with.`}
      </p>
      <Problem of={problem} />
      <Reading value={value} problem={problem} />
      {part === "cases" ? (
        <CasesView />
      ) : (
        value !== undefined && (
          <div class="policies">
            <DecisionForm questions={value} />
            <DecisionShown />
          </div>
        )
      )}
    </>
  );
}
