import { expect, test } from "vitest";
import type { Settings } from "../api/client";
import { parseAddress } from "./address";
import { firstPushed } from "./question";

const SETTINGS = {
  history_window: 3600, measured_seconds: 200, refresh_interval: 5, enable_real_time: true,
} as Settings;
const NOW = 1_700_000_000;

const first = (hash: string, settings = SETTINGS) => firstPushed(parseAddress(hash), settings, "live", NOW);

test("a page that opens asks for the range of its address, else for that of a young service", () => {
  expect(first("#/endpoints?range=24h&endpoint=abc")).toMatchObject({ windowSeconds: 86_400, endpointId: "abc" });
  expect(first("#/overview?endpoint=abc")).toMatchObject({ windowSeconds: 300, endpointId: null });
  expect(first("#/live?range=24h&compare=previous")).toMatchObject({ windowSeconds: 300, isCompared: false });
});

test("nothing is pushed of a range that is over, or to who polls or waits to be asked", () => {
  expect(first(`#/endpoints?from=${NOW - 600}&to=${NOW - 300}`)).toBeNull();
  expect(first("#/endpoints", { ...SETTINGS, enable_real_time: false })).toBeNull();
  expect(firstPushed(parseAddress("#/endpoints"), SETTINGS, "60s", NOW)).toBeNull();
  expect(firstPushed(parseAddress("#/endpoints"), SETTINGS, "paused", NOW)).toBeNull();
});
