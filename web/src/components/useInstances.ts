import { useEffect, useState } from "react";
import { type Client, ClientError, type InstanceRow } from "../api/client";
import { ALL_TRAFFIC, type Traffic } from "../model/traffic";

export interface Instances {
  /** Null before the first answer; the last answer outlives a failure. */
  rows: InstanceRow[] | null;
  error: string | null;
}

/** Asks for the instances anew as `turn` changes: with each answer of the feed, a pause holds them too. */
export function useInstances(client: Client, traffic: Traffic, turn: number | string): Instances {
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
  }, [client, asked, turn]);
  return instances;
}

/** Of all traffic, whatever is chosen now. None where they cannot be told: the rest stays usable. */
export function useAllInstances(client: Client, isWanted = true): readonly InstanceRow[] {
  const [instances, setInstances] = useState<readonly InstanceRow[]>([]);
  useEffect(() => {
    let isCurrent = isWanted;
    if (isWanted) client.instances(ALL_TRAFFIC).then((rows) => isCurrent && setInstances(rows), () => {});
    return () => {
      isCurrent = false;
    };
  }, [client, isWanted]);
  return instances;
}
