/** The decision that the address asks for, and what each rule says to it. */
import type { DecisionView, RuleView } from "../../scripts/console/policies/decision-view.ts";
import { Problem } from "../parts/problem.tsx";
import { href, query } from "../router.ts";
import { ShellCommand } from "../runs/shell-command.tsx";
import { useLoaded } from "../server.ts";

const SIGNS: Readonly<Record<string, string>> = { PERMIT: "✓", REDACT: "✓", APPROVE: "…", DENY: "⊘" };
const TONES: Readonly<Record<string, string>> = {
  PERMIT: "good",
  REDACT: "good",
  APPROVE: "wait",
  DENY: "bad",
};

export function DecisionShown() {
  const isAsked = (query.value.get("capability") ?? "") !== "";
  return (
    <section aria-labelledby="decision-heading" class="decision">
      <h2 id="decision-heading">Decision</h2>
      {isAsked ? <Asked /> : <p class="empty">Choose a resource to see the decision.</p>}
    </section>
  );
}

function Asked() {
  const { value, problem } = useLoaded<DecisionView>(`policies/decision?${query.value}`);
  if (problem !== undefined) return <Problem of={problem} />;
  if (value === undefined) return null;
  const { decision, ruleId, reason, redactFields } = value.decision;
  return (
    <>
      <div class="panel" aria-live="polite">
        <p>
          <span class={`state ${TONES[decision]}`}>
            <span aria-hidden="true">{SIGNS[decision]}</span> {decision}
          </span>{" "}
          by <a href={`${href("policies", "cases")}?rule=${encodeURIComponent(ruleId)}`}>{ruleId}</a>
        </p>
        <p>{reason}</p>
        {redactFields.length > 0 && <p>Masked in the response: {redactFields.join(", ")}</p>}
        <p class="quiet">
          {value.principal.id} (
          {value.principal.roles.length === 0 ? "no roles" : value.principal.roles.join(", ")}
          {value.principal.customerId !== undefined && `, for ${value.principal.customerId} only`}):{" "}
          {value.action} {value.resource}, stage {value.stage}, {value.now}
        </p>
      </div>
      <ShellCommand text={value.command} label="The same by a command" />
      <h2>Rules</h2>
      <ol class="rules">
        {value.rules.filter(isJudged).map((rule) => (
          <Rule key={rule.id} rule={rule} />
        ))}
      </ol>
      <details>
        <summary>
          {value.rules.filter((rule) => !isJudged(rule)).length} rules that are about something else
        </summary>
        <ol class="rules">
          {value.rules
            .filter((rule) => !isJudged(rule))
            .map((rule) => (
              <Rule key={rule.id} rule={rule} />
            ))}
        </ol>
      </details>
    </>
  );
}

/** Of rules in scope. */
const JUDGED: ReadonlyMap<string, string> = new Map([
  ["matched", "●"],
  ["did not match", "○"],
  ["could not be decided", "?"],
]);
const isJudged = ({ outcome }: RuleView) => JUDGED.has(outcome);

function Rule({ rule }: { readonly rule: RuleView }) {
  const { id, effect, outcome, decided, reason, because, place, priority } = rule;
  const isAsked = query.value.get("rule") === id;
  const sign = JUDGED.get(outcome) ?? "–";
  return (
    <li class={`rule ${decided ? "decided" : ""} ${isAsked ? "asked" : ""}`}>
      <p>
        <strong>{id}</strong> <code>{effect}</code> <span aria-hidden="true">{sign}</span> {outcome}
        {decided && <strong> and decides</strong>}
        {isAsked && <strong> · named by the call</strong>}
        {priority !== 0 && <span class="quiet"> priority {priority}</span>}
      </p>
      <ul>
        {because.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {place !== undefined && (
        <details>
          <summary>
            {place.file}:{place.line}
          </summary>
          <p class="quiet">{reason}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long line is scrolled by keyboard */}
          <pre tabIndex={0}>{place.text}</pre>
        </details>
      )}
    </li>
  );
}
