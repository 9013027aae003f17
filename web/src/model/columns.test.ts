import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "./address";
import { parseHidden, shownColumns, TABLE_COLUMNS, takenWidth } from "./columns";

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
  expect(takenWidth(TABLE_COLUMNS, false, false)).toBe(938);
  expect(takenWidth(shownColumns(["share", "sparkline"]), false, false)).toBe(938 - 152 - 124);
  expect(takenWidth(TABLE_COLUMNS, true, true) - takenWidth(TABLE_COLUMNS, true, false)).toBe(106);
});
