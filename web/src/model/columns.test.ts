import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "./address";
import { fitOf, parseHidden, shownColumns, TABLE_COLUMNS, takenWidth } from "./columns";

test("hidden columns are kept in the address, in their own order", () => {
  const address = parseAddress("#/endpoints?hide=share,p50,nonsense");
  expect(address.hiddenColumns).toEqual(["p50", "share"]);
  expect(formatAddress(address)).toBe("#/endpoints?hide=p50%2Cshare");
  expect(formatAddress(parseAddress("#/endpoints"))).toBe("#/endpoints");
});

test("star and endpoint cannot be hidden", () => {
  expect(shownColumns(parseHidden("star,endpoint,rate"))).toEqual(
    TABLE_COLUMNS.filter((column) => column !== "rate"),
  );
});

test("what is hidden leaves its width to the endpoint", () => {
  expect(takenWidth(TABLE_COLUMNS, "wide", false)).toBe(938);
  expect(takenWidth(shownColumns(["share", "sparkline"]), "wide", false)).toBe(938 - 152 - 124);
  expect(takenWidth(TABLE_COLUMNS, "narrow", true) - takenWidth(TABLE_COLUMNS, "narrow", false)).toBe(106);
});

test("however wide the table, an endpoint's name has room for 25 characters", () => {
  for (const width of [1000, 1024, 1139, 1140, 1184]) {
    expect(width - takenWidth(TABLE_COLUMNS, fitOf(width), false)).toBeGreaterThan(25 * 7.2);
  }
});
