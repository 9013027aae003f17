import { useEffect, useState } from "react";
import { type Client, ClientError, type Heatmap, type Question } from "../api/client";

const EVERY_SECONDS = 5; // its steps are not shorter where there are enough of them

export interface HeatmapState {
  /** Null before the first answer of this endpoint; the last answer outlives a failure. */
  heatmap: Heatmap | null;
  error: string | null;
}

/** Asks anew as the feed's answers grow older, so that a pause holds the heatmap too. */
export function useHeatmap(client: Client, question: Question, asOf: number): HeatmapState {
  const [state, setState] = useState<HeatmapState>({ heatmap: null, error: null });
  const asked = JSON.stringify(question);
  const turn = Math.floor(asOf / EVERY_SECONDS);
  useEffect(() => {
    let isWanted = true;
    const failed = (error: unknown) => {
      const words = error instanceof ClientError ? error.message : String(error);
      if (isWanted) setState(({ heatmap }) => ({ heatmap, error: words }));
    };
    client.heatmap(JSON.parse(asked) as Question)
      .then((heatmap) => isWanted && setState({ heatmap, error: null }), failed);
    return () => {
      isWanted = false;
    };
  }, [client, asked, turn]);
  const isOfThis = state.heatmap?.endpoint_id === question.endpointId;
  return isOfThis ? state : { ...state, heatmap: null };
}
