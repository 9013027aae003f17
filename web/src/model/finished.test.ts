import { expect, test } from "vitest";
import { endLabels } from "./chart";
import { byteChart, throughputChart, userChart } from "./charts";
import { finished } from "./finished";
import { series } from "./samples";

const RATES = [40, 41, 42, 0];

function at(asOf: number) {
  return series([1, 1, 1, 1], {
    as_of: asOf, rate_per_second: RATES, bytes_in_per_second: RATES, bytes_out_per_second: RATES,
    user_count: [9, 9, 9, 9], request_count: RATES,
  });
}

test("a step counts once it is over and stored", () => {
  expect(finished(at(3.4), RATES)).toEqual([40, 41, null, null]);
  expect(finished(at(4), RATES)).toEqual([40, 41, 42, null]);
  expect(finished(at(60), RATES)).toEqual(RATES);
});

test("an unfinished step is neither drawn nor told", () => {
  const chart = throughputChart(at(4.2));
  expect(chart.lines[0]!.values).toEqual([40, 41, 42, null]);
  expect(endLabels(chart, 50)[0]!.text).toBe("42.0\u00a0/s");
  expect(byteChart(at(4.2)).lines.map(({ values }) => values.at(-1))).toEqual([null, null]);
});

test("users are counted by the minute, so they are known when it is over", () => {
  expect(userChart(at(59)).lines[0]!.values).toEqual([null, null, null, null]);
  expect(userChart(at(61)).lines[0]!.values).toEqual([9, 9, 9, 9]);
});
