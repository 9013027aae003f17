import { useEffect, useState } from "react";
import { type Client, ClientError, type InstanceRow } from "../api/client";
import type { Traffic } from "../model/traffic";

export interface Instances {
  /** Null before the first answer; the last answer outlives a failure. */
  rows: InstanceRow[] | null;
  error: string | null;
}

/** Asks for the instances anew with each answer of the feed, so that a pause holds them too. */
export function useInstances(client: Client, traffic: Traffic, receivedAt: number): Instances {
  const [instances, setInstances] = useState<Instances>({ rows: null, error: null });
  const asked = JSON.stringify(traffic); // made anew at each rendering
  useEffect(() => {
    let isWanted = true;
    const failed = (error: unknown) => {
      const words = error instanceof ClientError ? error.message : String(error);
      if (isWanted) setInstances(({ rows }) => ({ rows, error: words }));
    };
    client.instances(traffic).then((rows) => isWanted && setInstances({ rows, error: null }), failed);
    return () => {
      isWanted = false;
    };
  }, [client, asked, receivedAt]);
  return instances;
}
