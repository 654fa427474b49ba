/** The picture of the dashboard in docs/observability.md. `npm run docs` draws it. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { dashboardWidgets } from "../../resources/dashboard/dashboard.ts";
import { dashboardPicture } from "../../resources/dashboard/picture.ts";
import { declaredDashboard } from "../steps/declared-dashboard.ts";

const FILE = "docs/pictures/dashboard.svg";

describe("given the dashboard of the template", () => {
  it("its picture in the docs shows each widget by its title", () => {
    const widgets = dashboardWidgets(declaredDashboard());
    const picture = dashboardPicture(widgets);
    if (process.env.WRITE_DOCS !== undefined) writeFileSync(FILE, picture);
    expect(readFileSync(FILE, "utf8")).toBe(picture);
    expect(picture.match(/ stroke="#8c959f"/g)).toHaveLength(
      widgets.filter(({ type }) => type !== "text").length,
    );
  });
});
