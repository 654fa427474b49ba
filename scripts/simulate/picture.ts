/** Draws a simulated day as SVG: payments that begin and end, and those that wait, hour by hour. Pure. */
import type { Hour } from "./hours.ts";
import type { Breaking } from "./quotas.ts";

const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [860, 170, 70, 40, 70];
const LINE_HEIGHT = 18;

interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

export function drawDay(hours: readonly Hour[], points: readonly Breaking[]): string {
  const rates: Curve[] = [
    { name: "begun/s", colour: "#1f6feb", values: hours.map(({ arrived }) => arrived / 3600) },
    { name: "done/s", colour: "#1a7f37", values: hours.map(({ done }) => done / 3600) },
  ];
  const waiting: Curve[] = [
    { name: "wait for a step", colour: "#9a6700", values: hours.map(({ atSteps }) => atSteps) },
    { name: "sent again by Stripe", colour: "#cf222e", values: hours.map(({ atWebhook }) => atWebhook) },
    { name: "in queues", colour: "#8250df", values: hours.map(({ inQueues }) => inQueues) },
  ];
  const second = TOP + HEIGHT + GAP;
  const third = second + HEIGHT + GAP;
  const shown = points.slice(0, 6);
  const height = third + shown.length * LINE_HEIGHT + 20;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH + LEFT + 30} ${height}" font-family="sans-serif" font-size="12">`,
    "<title>A simulated day of payments</title>",
    `<rect width="100%" height="100%" fill="#fff"/>`,
    chart("Payments", rates, TOP),
    chart("Jobs that wait", waiting, second),
    text(LEFT, third - 20, "Breaks at", "bold"),
    ...shown.map(({ paymentsPerSecond, what }, line) =>
      text(LEFT, third + line * LINE_HEIGHT, `${paymentsPerSecond.toFixed(1)} payments/s: ${what}`),
    ),
    "</svg>",
    "",
  ].join("\n");
}

function chart(title: string, curves: readonly Curve[], top: number): string {
  const most = Math.max(1e-9, ...curves.flatMap(({ values }) => values));
  const count = Math.max(1, (curves[0]?.values.length ?? 1) - 1);
  const x = (hour: number) => LEFT + (hour / count) * WIDTH;
  const y = (value: number) => top + HEIGHT - (value / most) * HEIGHT;
  return [
    text(LEFT, top - 10, title, "bold"),
    ...curves.map(({ name, colour }, place) =>
      text(LEFT + 130 + place * 150, top - 10, name, "normal", colour),
    ),
    `<path d="M${LEFT} ${top}V${top + HEIGHT}H${LEFT + WIDTH}" fill="none" stroke="#888"/>`,
    text(8, top + 10, most.toLocaleString("en", { maximumFractionDigits: 1 })),
    ...[0, 6, 12, 18, 24]
      .filter((hour) => hour <= count + 1)
      .map((hour) => text(x(Math.min(hour, count)) - 12, top + HEIGHT + 18, `${hour}:00`)),
    ...curves.map(({ values, colour }) => {
      const path = values.map(
        (value, hour) => `${hour === 0 ? "M" : "L"}${x(hour).toFixed(1)} ${y(value).toFixed(1)}`,
      );
      return `<path d="${path.join("")}" fill="none" stroke="${colour}" stroke-width="2"/>`;
    }),
  ].join("\n");
}

function text(x: number, y: number, words: string, weight = "normal", colour = "#222"): string {
  return `<text x="${x.toFixed(0)}" y="${y}" font-weight="${weight}" fill="${colour}">${words}</text>`;
}
