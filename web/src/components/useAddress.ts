import { useCallback, useSyncExternalStore } from "react";
import { type Address, formatAddress, parseAddress } from "../model/address";

const CHANGED = "addresschange";

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("hashchange", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

export type ChangeAddress = (change: Partial<Address>, isStep?: boolean) => void;

/** The address as state. A change is a step in the history only where `isStep` says so. */
export function useAddress(): [Address, ChangeAddress] {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  const change = useCallback<ChangeAddress>((part, isStep = false) => {
    const next = formatAddress({ ...parseAddress(window.location.hash), ...part });
    if (isStep) window.history.pushState(null, "", next);
    else window.history.replaceState(null, "", next);
    window.dispatchEvent(new Event(CHANGED));
  }, []);
  return [parseAddress(hash), change];
}
