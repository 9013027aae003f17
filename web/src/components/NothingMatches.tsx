import { ALL_TRAFFIC } from "../model/traffic";
import { Button } from "./Control";
import { Empty } from "./Empty";
import type { ChangeAddress } from "./useAddress";

const NO_ROW_FILTER = { isStarredOnly: false, isNeverCalledOnly: false };

/** The filters left nothing: says so, and takes them all back. */
export function NothingMatches({ what = "endpoint", change }: { what?: "endpoint" | "request"; change: ChangeAddress }) {
  const clear = () => change({ traffic: ALL_TRAFFIC, filter: NO_ROW_FILTER }, true);
  return (
    <Empty title={`No ${what} matches`} action={<Button onClick={clear}>Show everything</Button>}>
      Take back a filter, or a word of the search. Each filter must hold for {what === "request" ? "a" : "an"} {what} to be here.
    </Empty>
  );
}
