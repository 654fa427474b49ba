/** The picture of docs/cost.md: bars with their numbers, readable without colour. Pure. */
import { PART_NAMES, PARTS, type Part } from "./bill.ts";

const WIDTH = 760;
const LABELS = 210;
const NUMBERS = 70;
const ROW = 30;
const TOP = 64;

/** An SVG document. `title`: one sentence. Parts that cost nothing are left out. */
export function costPicture(title: string, byPart: Readonly<Record<Part, number>>): string {
  const rows = PART_NAMES.map((part) => ({ part, dollars: byPart[part] })).filter(
    ({ dollars }) => dollars >= 0.05,
  );
  const most = Math.max(...rows.map(({ dollars }) => dollars));
  const height = TOP + rows.length * ROW + 34;
  const bars = rows.map(({ part, dollars }, index) => {
    const y = TOP + index * ROW;
    const width = Math.max(2, ((WIDTH - LABELS - NUMBERS - 20) * dollars) / most);
    // What the application chooses is hatched, what is ours is solid.
    const fill = part === "mails" ? 'fill="url(#hatched)" stroke="#24292f"' : 'fill="#57606a"';
    return [
      `  <text x="${LABELS - 10}" y="${y + 15}" text-anchor="end">${PARTS[part]}</text>`,
      `  <rect x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="20" ${fill}/>`,
      `  <text x="${(LABELS + width + 8).toFixed(1)}" y="${y + 15}">$${dollars.toFixed(1)}</text>`,
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title" font-family="sans-serif" font-size="14" fill="#24292f">
  <title id="title">${title}</title>
  <defs>
    <pattern id="hatched" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="8" height="8" fill="#ffffff"/><rect width="3" height="8" fill="#57606a"/>
    </pattern>
  </defs>
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="20" y="34" font-size="16" font-weight="bold">${title}</text>
${bars.join("\n")}
  <text x="20" y="${height - 12}" font-size="12">Solid: ours. Hatched: mails, whose number the application chooses.</text>
</svg>
`;
}
