// The only door to the server. Numbers arrive finished: nothing here, or behind it, computes one.

import type { components } from "./schema";

type Schemas = components["schemas"];
export type EndpointSummary = Schemas["EndpointSummary"];
export type ServiceSummary = Schemas["ServiceSummary"];
export type Series = Schemas["Series"];
export type HealthLine = Schemas["HealthLine"];
export type InstanceRow = Schemas["InstanceRow"];
export type LivePush = Schemas["LivePush"];
export type Priority = Schemas["MetricPriority"];
export type Grade = Schemas["PerformanceThreshold"];
export type Settings = Schemas["PageSettings"];

/** What is asked for: a span up to now, and the endpoint on the chart (null: all together). */
export interface Question {
  windowSeconds: number;
  endpointId: string | null;
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

export interface Client {
  signIn(token: string): Promise<void>;
  signOut(): Promise<void>;
  /** Refused with status 401 to who is not signed in. */
  settings(): Promise<Settings>;
  answer(question: Question): Promise<Answer>;
  /** The processes that reported lately. */
  instances(): Promise<InstanceRow[]>;
  live(question: Question, listener: LiveListener): Live;
  exportAddress(table: "endpoints" | "series", question: Question, format: ExportFormat): string;
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

  async instances(): Promise<InstanceRow[]> {
    return (await this.#get("instances")) as InstanceRow[];
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
        socket.close();
      },
    };
  }

  exportAddress(table: "endpoints" | "series", question: Question, format: ExportFormat): string {
    const { endpointId } = question;
    const path = table === "series" && endpointId ? `endpoints/${endpointId}/series` : table;
    return this.#address(path, { window_seconds: question.windowSeconds, format }).href;
  }

  #address(path: string, query: Query = {}): URL {
    const address = new URL(path, this.#api);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value));
    return address;
  }

  async #get(path: string, query: Query = {}): Promise<unknown> {
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

type Query = Record<string, string | number>;

function queryOf({ windowSeconds, endpointId }: Question): Query {
  return { window_seconds: windowSeconds, ...(endpointId ? { endpoint: endpointId } : {}) };
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
