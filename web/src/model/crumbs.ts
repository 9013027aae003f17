// The way from the Overview to where one is.

import type { EndpointSummary } from "../api/client";
import { type Address, formatAddress, OWN_TO_A_SCREEN } from "./address";
import { nameOf } from "./rows";
import { SCREEN_WORDS } from "./screens";

export interface Crumb {
  words: string;
  /** Null: one is there. */
  href: string | null;
}

export function crumbsOf(
  address: Address, endpoints: readonly EndpointSummary[],
): Crumb[] {
  const { screen, endpointId } = address;
  const hrefFor = (to: Partial<Address>) => formatAddress({ ...address, ...OWN_TO_A_SCREEN, ...to });
  const overview = { words: SCREEN_WORDS.overview.title, href: hrefFor({ screen: "overview" }) };
  if (screen === "overview") return [{ ...overview, href: null }];
  const { title } = SCREEN_WORDS[screen];
  if (screen !== "endpoints" || endpointId === null) return [overview, { words: title, href: null }];
  const endpoint = endpoints.find((row) => row.id === endpointId);
  return [
    overview,
    { words: title, href: hrefFor({}) },
    { words: endpoint ? nameOf(endpoint) : "Endpoint", href: null },
  ];
}
