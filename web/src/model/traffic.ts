// Which traffic is looked at: the parts of the address that the server filters by, and their names.

import type { Priority } from "../api/client";
import { PRIORITIES } from "./rows";

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;
export const STATUS_CLASSES = ["2xx", "3xx", "4xx", "5xx"] as const;

/** The lists of which any number may be chosen, by their name in the address and for the server. */
export const LISTS = ["method", "service", "environment", "version", "instance"] as const;
export type ListName = (typeof LISTS)[number];

/** An empty part keeps everything. */
export interface Traffic {
  search: string;
  priority: Priority | null;
  /** A class such as `5xx`, or one code. */
  status: string | null;
  lists: Record<ListName, readonly string[]>;
}

export const ALL_TRAFFIC: Traffic = {
  search: "",
  priority: null,
  status: null,
  lists: { method: [], service: [], environment: [], version: [], instance: [] },
};

const STATUS = /^([1-5]xx|[1-5]\d\d)$/;

export function parseTraffic(given: URLSearchParams): Traffic {
  const status = given.get("status") ?? "";
  const listed = (name: ListName) => given.getAll(name).filter(Boolean);
  return {
    search: given.get("search") ?? "",
    priority: PRIORITIES.find((priority) => priority === given.get("priority")) ?? null,
    status: STATUS.test(status) ? status : null,
    lists: {
      method: listed("method"), service: listed("service"), environment: listed("environment"),
      version: listed("version"), instance: listed("instance"),
    },
  };
}

/** Name and value of each part, as the address has them and as the server is asked. */
export function trafficPairs({ search, priority, status, lists }: Traffic): [string, string][] {
  return [
    ...(search ? [["search", search] as [string, string]] : []),
    ...(priority ? [["priority", priority] as [string, string]] : []),
    ...(status ? [["status", status] as [string, string]] : []),
    ...LISTS.flatMap((name) => lists[name].map((value) => [name, value] as [string, string])),
  ];
}

/** Whether any part of it leaves something out. */
export function isNarrowed(traffic: Traffic): boolean {
  return trafficPairs(traffic).length > 0;
}

/** The same list with a value put in, or taken out where it was in. */
export function toggled(traffic: Traffic, name: ListName, value: string): Traffic {
  const before = traffic.lists[name];
  const after = before.includes(value) ? before.filter((each) => each !== value) : [...before, value];
  return { ...traffic, lists: { ...traffic.lists, [name]: after } };
}

/** The traffic without one part of what keeps it. */
export function without(traffic: Traffic, name: string, value: string): Traffic {
  if (name === "search") return { ...traffic, search: "" };
  if (name === "priority") return { ...traffic, priority: null };
  if (name === "status") return { ...traffic, status: null };
  return toggled(traffic, name as ListName, value);
}

/** The filter that keeps an endpoint, and few others. */
export function trafficOf({ method, template }: { method: string; template: string }): Traffic {
  return { ...ALL_TRAFFIC, search: template, lists: { ...ALL_TRAFFIC.lists, method: [method] } };
}
