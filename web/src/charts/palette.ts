// A canvas knows no CSS variables, so their values are asked of the browser.

import type { Chart, Token } from "../model/chart";
import { rgbOf } from "../model/heat";

/** The computed colour of `--name`, right for the theme in force. */
export function token(name: Token): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

export interface Palette {
  card: string;
  grid: string;
  axis: string;
  text: string;
  target: string;
  line(name: Token): string;
  heat: (readonly [number, number, number])[];
}

const HEAT = ["heat-1", "heat-2", "heat-3", "heat-4", "heat-5"];

/** Old data is drawn in grey, never hidden. */
export function paletteFor(chart: Chart, isStale: boolean): Palette {
  const names = chart.kind === "heatmap" ? [] : chart.lines.map((line) => line.colour);
  const colours = new Map(names.map((name) => [name, token(isStale ? "text-3" : name)]));
  return {
    card: token("card"),
    grid: token("grid"),
    axis: token("line-strong"),
    text: token("text-3"),
    target: token("text-1"),
    line: (name) => colours.get(name) ?? "",
    heat: HEAT.map((name) => rgbOf(token(name))),
  };
}
