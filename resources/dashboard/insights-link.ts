/** Links to a query in the console of CloudWatch Logs Insights. Pure. */
import { LOG_QUERIES, type LogQueryName } from "../log-queries.ts";
import { REGION } from "./widgets.ts";

const HOUR = 3_600;
/** The most groups of one query. */
export const MOST_GROUPS = 50;

/** In Markdown, for the last hour. `groups`: names of log groups. More than 50 are several links. */
export function insightsLinks(name: LogQueryName, groups: readonly string[]): string {
  const { title, query } = LOG_QUERIES[name];
  const parts = Array.from({ length: Math.ceil(groups.length / MOST_GROUPS) }, (_, part) =>
    groups.slice(part * MOST_GROUPS, (part + 1) * MOST_GROUPS),
  );
  return parts
    .map((part, index) => {
      const label = parts.length === 1 ? title : `${title} (${index + 1} of ${parts.length})`;
      return `[${label}](${insightsUrl(query, part)})`;
    })
    .join(" · ");
}

/**
 * The console keeps the query in the part behind the `#`, in a notation of its own: lists begin with `~(`, texts with `~'`, and in
 * texts `*` begins a character's code. All of that is escaped twice, with `$` in place of the first `%`.
 */
export function insightsUrl(query: string, groups: readonly string[]): string {
  const source = groups.map((group) => `~'${consoleText(group)}`).join("");
  const detail = `~(end~0~start~-${HOUR}~timeType~'RELATIVE~unit~'seconds~editorString~'${consoleText(query)}~source~(${source}))`;
  const fragment = `logsV2:logs-insights$3FqueryDetail$3D${detail.replaceAll(/[~'()]/g, escaped)}`;
  return `https://${REGION}.console.aws.amazon.com/cloudwatch/home?region=${REGION}#${fragment}`;
}

/** CloudFormation's variables stay as they are: their values have letters, digits and hyphens only. */
function consoleText(text: string): string {
  return text
    .split(/(\$\{\w+\})/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replaceAll(
            /[^A-Za-z0-9_.-]/g,
            (char) => `*${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
          ),
    )
    .join("");
}

const escaped = (char: string) => `$25${char.charCodeAt(0).toString(16).toUpperCase()}`;
