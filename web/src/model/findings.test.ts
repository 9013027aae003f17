import { describe, expect, it } from "vitest";
import type { FindingPage, FindingRow } from "../api/client";
import {
  changeWords, costWords, deployWordsOf, groupsOf, intervalWords, levelWords, metricName, movedWords, regressionSpans, sinceWords, trendsSentence, verbOf,
} from "./findings";

const NOW = 1_700_000_000;

function finding(part: Partial<FindingRow> = {}): FindingRow {
  return {
    id: "a", sentence: "", endpoint_id: "e", endpoint: "GET /a", service: "shop", priority: "high",
    metric: "response_time", effect: "worse", began_at: NOW - 600, began_from: NOW - 720, began_until: NOW - 540,
    found_at: NOW - 300, closed_at: null, ratio: 1.38, ratio_low: 1.31, ratio_high: 1.46, before: 0.1, after: 0.138, unit: "seconds",
    confidence: 0.99, version: "2.4", deploy_at: NOW - 600, requests_a_day: 1000, cost_seconds: 11_520,
    cost_low: 9360, cost_high: 13_680, rank: 1, moved: [], related: [], ...part,
  };
}

function page(...findings: FindingRow[]): FindingPage {
  return { as_of: NOW, total: findings.length, open_count: 0, offset: 0, limit: 100, reason: "", findings };
}

const plain = (text: string | null) => text?.replaceAll("\u00a0", " ");

describe("a finding in words", () => {
  it("says how much, with its interval", () => {
    expect(plain(changeWords(finding()))).toBe("38 % slower");
    expect(plain(intervalWords(finding()))).toBe("31 to 46 %");
    expect(plain(changeWords(finding({ ratio: 5.8 })))).toBe("5.8× slower");
    expect(plain(intervalWords(finding({ ratio_low: 0.8, ratio_high: 0.9 })))).toBe("10 to 20 %");
    expect(plain(intervalWords(finding({ ratio_low: 0.97, ratio_high: 1.1 })))).toBe("−3 to +10 %");
  });

  it("says from what to what in the metric's own unit", () => {
    const told = (part: Partial<FindingRow>) => plain(`${verbOf(finding(part))} ${changeWords(finding(part))}: ${levelWords(finding(part))}`);
    expect(told({})).toBe("is 38 % slower: 100 ms → 138 ms");
    expect(told({ metric: "throughput", ratio: 0.5, before: 4, after: 2, unit: "per_second" }))
      .toBe("gets 50 % fewer requests: 4.00 /s → 2.00 /s");
    expect(told({ metric: "bytes_out", ratio: 1.5, before: 2000, after: 3000, unit: "bytes" }))
      .toBe("has 50 % larger responses: 2.00 kB → 3.00 kB");
    expect(told({ metric: "external_api_time", before: 0.02, after: 0.0276 }))
      .toBe("has 38 % longer external API time: 20.0 ms → 27.6 ms");
    expect(metricName("database_time")).toBe("Database time");
    expect(levelWords(finding({ metric: "response_time_tail", unit: "ratio" }))).toBeNull();
  });

  it("says since when and with which deploy, or that it is over", () => {
    expect(plain(sinceWords(finding(), NOW))).toMatch(/^since \d\d:\d\d, ± 2 min$/);
    expect(plain(sinceWords(finding({ closed_at: NOW }), NOW))).toMatch(/, 10 min$/);
    expect(deployWordsOf(finding())).toBe("with 2.4");
    expect(deployWordsOf(finding({ version: "", deploy_at: null }))).toBeNull();
  });

  it("says what users wait", () => {
    expect(plain(costWords(finding()))).toBe("3.20 h a day (2.60 h to 3.80 h)");
    expect(costWords(finding({ cost_seconds: null }))).toBeNull();
    expect(plain(costWords(finding({ cost_seconds: -90, cost_low: null })))).toBe("1.50 min a day");
  });

  it("says what moved", () => {
    expect(plain(movedWords({ kind: "operation", name: "SELECT 1", before: 0.02, after: 0.1, share: 0.8 })))
      .toBe("20.0 ms → 100 ms, 80 % of it");
    expect(plain(movedWords({ kind: "status", name: "503", before: 0, after: 0.07, share: 0.07 })))
      .toBe("0.00 % → 7.00 %");
  });
});

describe("regressions on a chart", () => {
  it("lie where they held, and what overlaps is one", () => {
    const rows = [
      finding({ began_at: 100 }), finding({ began_at: 50, closed_at: 200 }), finding({ began_at: 10, closed_at: 40 }),
      finding({ began_at: 45, effect: "better" }), finding({ began_at: 2000 }),
    ];
    expect(regressionSpans(rows, { start: 20, end: 1000 })).toEqual([{ start: 20, end: 40 }, { start: 50, end: 1000 }]);
  });
});

describe("the screen of findings", () => {
  it("parts what lasts from what is over, and worse from better", () => {
    const all = page(finding(), finding({ id: "b", effect: "better" }), finding({ id: "c", closed_at: NOW }), finding({ id: "d", effect: "neither" }));
    const { worse, better, neither, over } = groupsOf(all);
    expect([worse, better, neither, over].map((rows) => rows.map(({ id }) => id))).toEqual([["a"], ["b"], ["d"], ["c"]]);
  });

  it("begins with what all of it costs users", () => {
    const { state, title, detail } = trendsSentence(page(finding(), finding({ id: "b", metric: "error_ratio", cost_seconds: null })));
    expect(state).toBe("pending");
    expect(plain(title)).toBe("1 endpoint is worse than before, and users wait 3.20 h a day longer");
    expect(plain(detail)).toBe("First of all GET /a: 38 % slower, with 2.4.");
  });

  it("says that all is well, or that nobody looks", () => {
    expect(trendsSentence(page()).state).toBe("ok");
    expect(trendsSentence({ ...page(), reason: "numpy is missing" })).toMatchObject({ state: "unjudged", detail: "Numpy is missing." });
  });
});
