/** Runs of workflows: their list, one run, and the form that starts one. */
import "./runs.css";
import { path } from "../router.ts";
import { RunListView } from "./run-list.tsx";
import { RunPage } from "./run-page.tsx";
import { StartView } from "./start-form.tsx";

export function RunsView() {
  const [, first, second] = path.value;
  if (first === undefined) return <RunListView />;
  if (first === "start" && second !== undefined) return <StartView workflowId={second} />;
  return <RunPage key={first} runId={first} />;
}
