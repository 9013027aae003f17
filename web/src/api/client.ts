// The only door to the server. Numbers arrive finished: nothing here, or behind it, computes one.

import type { Span } from "../model/ranges";
import { type Traffic, trafficPairs } from "../model/traffic";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type EndpointSummary = Schemas["EndpointSummary"];
export type ServiceSummary = Schemas["ServiceSummary"];
export type Series = Schemas["Series"];
export type Heatmap = Schemas["Heatmap"];
export type HealthLine = Schemas["HealthLine"];
export type InstanceRow = Schemas["InstanceRow"];
export type LivePush = Schemas["LivePush"];
export type Priority = Schemas["MetricPriority"];
export type Grade = Schemas["PerformanceThreshold"];
export type Settings = Schemas["PageSettings"];
export type EndpointChange = Schemas["EndpointChange"];
export type Comparison = Schemas["Comparison"];

/** What is asked for. */
export interface Question {
  windowSeconds: number;
  /** Null: the window ends now. */
  span: Span | null;
  traffic: Traffic;
  /** The endpoint on the chart; null: all together. */
  endpointId: string | null;
  /** Whether the period before is asked for too. */
  isCompared: boolean;
}

export type Answer = Omit<LivePush, "type">;

/** A stream of answers that the server pushes; `close` ends it without another word. */
export interface Live {
  pause(isPaused: boolean): void;
  close(): void;
}

export interface LiveListener {
  onAnswer(answer: Answer): void;
  onClosed(): void;
}

export type ExportFormat = "csv" | "json";

/** What can be had as a file; the last two are of the question's endpoint. */
export type Exported = "endpoints" | "series" | "endpoint" | "heatmap";

export interface Client {
  signIn(token: string): Promise<void>;
  signOut(): Promise<void>;
  /** Refused with status 401 to who is not signed in. */
  settings(): Promise<Settings>;
  answer(question: Question): Promise<Answer>;
  /** The processes that reported lately, of that traffic. */
  instances(traffic: Traffic): Promise<InstanceRow[]>;
  /** How many requests of the question's endpoint took how long, over time. */
  heatmap(question: Question): Promise<Heatmap>;
  live(question: Question, listener: LiveListener): Live;
  exportAddress(table: Exported, question: Question, format: ExportFormat): string;
}

/** What went wrong, in words for the reader; `status` 0 means that nobody answered. */
export class ClientError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const PATIENCE_SECONDS = 10;

/** Speaks to the server whose page lies at `base`, whatever prefix a proxy puts before it. */
export class HttpClient implements Client {
  readonly #api: URL;

  constructor(base: string) {
    this.#api = new URL("api/v1/", base);
  }

  async signIn(token: string): Promise<void> {
    await this.#fetch(this.#address("session"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
  }

  async signOut(): Promise<void> {
    const { csrf } = (await this.#get("session")) as Schemas["SessionState"];
    await this.#fetch(this.#address("session"), {
      method: "DELETE",
      headers: { "X-CSRF-Token": csrf },
    });
  }

  async settings(): Promise<Settings> {
    return (await this.#get("config")) as Settings;
  }

  async answer(question: Question): Promise<Answer> {
    return (await this.#get("live", queryOf(question))) as LivePush;
  }

  async instances(traffic: Traffic): Promise<InstanceRow[]> {
    return (await this.#get("instances", trafficPairs(traffic))) as InstanceRow[];
  }

  async heatmap(question: Question): Promise<Heatmap> {
    return (await this.#get(pathOf("heatmap", question), keptPairs(question))) as Heatmap;
  }

  live(question: Question, listener: LiveListener): Live {
    const address = this.#address("live", queryOf(question));
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    let isOver = false;
    const onClosed = () => {
      if (!isOver) listener.onClosed();
      isOver = true;
    };
    let parts: Blob[] = [];
    let last = Promise.resolve();
    socket.onmessage = ({ data }: MessageEvent<Blob>) => {
      parts.push(data);
      if (data.size === PART_BYTES) return; // the last part of a push is shorter
      const push = unpacked(new Blob(parts));
      parts = [];
      last = last.then(() => push).then((answer) => void (isOver || listener.onAnswer(answer)), onClosed);
    };
    socket.onclose = onClosed;
    socket.onerror = onClosed;
    return {
      pause: (isPaused) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ pause: isPaused }));
      },
      close: () => {
        isOver = true;
        // Closed while it connects, a browser would complain.
        if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
        else socket.close();
      },
    };
  }

  exportAddress(table: Exported, question: Question, format: ExportFormat): string {
    return this.#address(pathOf(table, question), [...keptPairs(question), ["format", format]]).href;
  }

  #address(path: string, query: readonly Pair[] = []): URL {
    const address = new URL(path, this.#api);
    for (const [name, value] of query) address.searchParams.append(name, value);
    return address;
  }

  async #get(path: string, query: readonly Pair[] = []): Promise<unknown> {
    const response = await this.#fetch(this.#address(path, query), {});
    return response.json();
  }

  async #fetch(address: URL, request: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
    const response = await fetch(address, { ...request, signal }).catch((error: unknown) => {
      throw new ClientError(0, silenceInWords(error));
    });
    if (!response.ok) throw new ClientError(response.status, await refusalInWords(response));
    return response;
  }
}

const PART_BYTES = 4096;

/** A push is JSON, packed once for all who are sent it. */
function unpacked(data: Blob): Promise<LivePush> {
  return new Response(data.stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

type Pair = [name: string, value: string];

/** All but the table are of one endpoint where the question names one. */
function pathOf(table: Exported, { endpointId }: Question): string {
  if (table === "endpoints") return table;
  if (endpointId === null) return "series";
  return `endpoints/${endpointId}${table === "endpoint" ? "" : `/${table}`}`;
}

function queryOf(question: Question): Pair[] {
  const { endpointId, isCompared } = question;
  return [
    ...keptPairs(question),
    ...(endpointId ? [["endpoint", endpointId] as Pair] : []),
    ...(isCompared ? [["compare", "previous"] as Pair] : []),
  ];
}

/** The range of time and the traffic. */
function keptPairs({ windowSeconds, span, traffic }: Question): Pair[] {
  const range: Pair[] = span
    ? [["start", String(span.start)], ["end", String(span.end)]]
    : [["window_seconds", String(windowSeconds)]];
  return [...range, ...trafficPairs(traffic)];
}

function silenceInWords(error: unknown): string {
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  return isLate ? `The server did not answer in ${PATIENCE_SECONDS} s` : "The server cannot be reached";
}

async function refusalInWords(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const detail = body && typeof body === "object" && "detail" in body ? body.detail : null;
  return typeof detail === "string" ? detail : `The server answered ${response.status}`;
}
