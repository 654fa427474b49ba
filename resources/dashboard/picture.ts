/** The picture of the dashboard in docs/observability.md: what is where, without data. Pure. */
import { listOf } from "../../lib/untrusted.ts";
import type { PlacedWidget } from "./widgets.ts";

/** Pixels of a cell of the grid. */
const CELL = 34;
const LINE = 16;
const GAP = 3;

/** What is drawn in a widget, below its title. */
const SIGNS: Readonly<Record<PlacedWidget["type"], string>> = {
  metric: "",
  log: "log query",
  alarm: "alarms",
  text: "",
};

/** An SVG document, readable without colour. */
export function dashboardPicture(widgets: readonly PlacedWidget[]): string {
  const width = 24 * CELL;
  const height = Math.max(...widgets.map((widget) => widget.y + widget.height)) * LINE;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title" font-family="sans-serif" font-size="11" fill="#24292f">
  <title id="title">The widgets of the dashboard, each with its title</title>
  <rect width="${width}" height="${height}" fill="#ffffff"/>
${widgets.map(drawn).join("\n")}
</svg>
`;
}

function drawn(widget: PlacedWidget): string {
  const [x, y] = [widget.x * CELL + GAP, widget.y * LINE + GAP];
  const [width, height] = [widget.width * CELL - 2 * GAP, widget.height * LINE - 2 * GAP];
  if (widget.type === "text") return drawnText(String(widget.properties.markdown), x, y);
  const title = wrapped(String(widget.properties.title), Math.floor(width / 6.2));
  const graph = widget.type === "metric" ? drawnGraph(widget, x + 8, y + height - 8, width - 16) : [];
  return [
    `  <rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#f6f8fa" stroke="#8c959f"/>`,
    ...title.map((line, index) => `  <text x="${x + 8}" y="${y + 15 + 13 * index}">${escaped(line)}</text>`),
    ...(SIGNS[widget.type] === ""
      ? []
      : [`  <text x="${x + 8}" y="${y + height - 8}" fill="#57606a">${SIGNS[widget.type]}</text>`]),
    ...graph,
  ].join("\n");
}

/** A heading, and the titles of its links. */
function drawnText(markdown: string, x: number, y: number): string {
  const [heading = "", links = ""] = markdown.split("\n");
  const titles = [...links.matchAll(/\[([^\]]+)\]\(/g)].map(([, title = ""]) => title);
  const below = titles.length === 0 ? links.replaceAll("`", "") : titles.join(" · ");
  return [
    `  <text x="${x}" y="${y + 12}" font-size="13" font-weight="bold">${escaped(plain(heading.replace(/^#+ /, "")))}</text>`,
    `  <text x="${x}" y="${y + 26}" font-size="10" fill="#0550ae">${escaped(plain(below))}</text>`,
  ].join("\n");
}

/** A line for a graph, bars for bars. Their form means nothing. */
function drawnGraph({ properties }: PlacedWidget, x: number, y: number, width: number): string[] {
  if (properties.view === "singleValue") return [`  <text x="${x}" y="${y}" font-size="20">%</text>`];
  const heights = [6, 10, 7, 16, 11, 20, 9, 13];
  const step = width / heights.length;
  if (properties.view === "bar")
    return heights.map(
      (tall, index) =>
        `  <rect x="${(x + index * step).toFixed(0)}" y="${y - tall}" width="${(step / 2).toFixed(0)}" height="${tall}" fill="#8c959f"/>`,
    );
  const points = heights.map((tall, index) => `${(x + index * step).toFixed(0)},${y - tall}`);
  const dashes = listOf(properties.metrics).length > 3 ? "" : ' stroke-dasharray="4 3"';
  return [`  <polyline points="${points.join(" ")}" fill="none" stroke="#57606a"${dashes}/>`];
}

/** Of every stage: the framework's variables as people write them. */
const plain = (text: string) =>
  text.replaceAll(/\$\{self:service\}/g, "contractspec-stripe").replaceAll(/\$\{sls:stage\}/g, "<stage>");

function wrapped(text: string, length: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    const line = `${lines[last]} ${word}`.trim();
    if (line.length > length && lines[last] !== "") lines.push(word);
    else lines[last] = line;
  }
  return lines;
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
