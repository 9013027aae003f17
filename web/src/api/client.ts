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
export type BlockRow = Schemas["BlockRow"];
export type OperationPage = Schemas["OperationPage"];
export type OperationRow = Schemas["OperationRow"];
export type ExemplarPage = Schemas["ExemplarPage"];
export type Exemplar = Schemas["ExemplarShown"];
export type Step = Schemas["StepShown"];
export type RequestPage = Schemas["RequestPage"];
export type RequestRow = Schemas["RequestRow"];
export type AlertState = Schemas["AlertState"];
export type AlertPage = Schemas["AlertPage"];
export type AlertRow = Schemas["AlertRow"];
export type AlertHistory = Schemas["AlertHistory"];
export type IncidentRow = Schemas["IncidentRow"];
export type AlertAct = Schemas["AlertAct"];
export type SilenceRow = Schemas["SilenceRow"];
export type NewSilence = Schemas["NewSilence"];
export type AlertMetric = Schemas["AlertMetric"];
export type AlertRule = Schemas["AlertRule"];
export type AlertRuleShown = Schemas["AlertRuleShown"];
export type AlertRuleChange = Schemas["AlertRuleChange"];
export type Verdict = Schemas["Verdict"];
export type Objective = Schemas["Objective"];
export type ObjectivePage = Schemas["ObjectivePage"];
export type ObjectiveRow = Schemas["ObjectiveRow"];
export type ObjectiveShown = Schemas["ObjectiveShown"];
export type ObjectiveChange = Schemas["ObjectiveChange"];
export type BudgetSeries = Schemas["BudgetSeries"];
export type BacktestAsked = Schemas["BacktestAsked"];
export type FindingPage = Schemas["FindingPage"];
export type FindingRow = Schemas["FindingRow"];
export type FindingDetail = Schemas["FindingDetail"];
export type MovedShown = Schemas["MovedShown"];
export type Distribution = Schemas["Distribution"];
export type UsualPage = Schemas["UsualPage"];
export type DeployRow = Schemas["DeployRow"];
export type DeployPage = Schemas["DeployPage"];
export type VersionPage = Schemas["VersionPage"];
export type VersionRow = Schemas["VersionRow"];
export type Backtest = Schemas["BacktestShown"];
export type PredictionPage = Schemas["PredictionPage"];
export type PredictedMetric = Schemas["PredictedMetric"];
/** The server leaves no part of one out. */
export type Advice = Required<Schemas["OptimizationRecommendation"]>;
export type AdviceState = Schemas["RecommendationState"];
export type AdvicePage = Omit<Schemas["RecommendationPage"], "recommendations"> & { recommendations: Advice[] };
export type AdviceHistory = Omit<Schemas["RecommendationHistory"], "recommendation"> & { recommendation: Advice };
export type AdviceBody = Schemas["AdviceAct"];

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
  /** How many of the newest requests are asked for too. */
  requestCount: number;
}

export type Answer = Omit<LivePush, "type">;

/** Which alerts are asked for; without a state, all that are not well. */
export interface AlertsAsked {
  search: string;
  priority: Priority | null;
  states: readonly AlertState[];
  limit: number;
}

/** Which findings are asked for: those of some traffic, or (not null) of one endpoint. */
export interface FindingsAsked {
  traffic: Traffic;
  endpointId: string | null;
  limit: number;
}

/** Which recommendations are asked for; without states those to do. */
export interface AdviceAsked {
  search: string;
  priority: Priority | null;
  states: readonly AdviceState[];
  endpointId: string | null;
  limit: number;
}

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

/** What can be had as a file; those after the series are of the question's endpoint. */
export type Exported = "endpoints" | "requests" | "objectives" | "series" | "endpoint" | "heatmap" | "operations" | "exemplars" | "predictions";

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
  /** What the requests of the question's endpoint called. */
  operations(question: Question): Promise<OperationPage>;
  /** Requests of the question's endpoint, kept as they were. */
  exemplars(question: Question): Promise<ExemplarPage>;
  /** What the question's endpoint will do in the coming hours. */
  predictions(question: Question): Promise<PredictionPage>;
  alerts(asked: AlertsAsked): Promise<AlertPage>;
  alertHistory(id: string): Promise<AlertHistory>;
  /** Refused with status 403 to who may only look; so is every change below. */
  act(act: "acknowledge" | "resolve", body: AlertAct): Promise<AlertRow[]>;
  silences(): Promise<SilenceRow[]>;
  silence(body: NewSilence): Promise<SilenceRow>;
  endSilence(id: string): Promise<void>;
  /** Of defaults, settings and page, those that count first. */
  alertRules(): Promise<AlertRuleShown[]>;
  saveRule(body: AlertRuleChange): Promise<AlertRuleShown>;
  deleteRule(id: string, author: string, reason: string): Promise<void>;
  /** What to change, in the order to do it. */
  recommendations(asked: AdviceAsked): Promise<AdvicePage>;
  recommendationHistory(id: string): Promise<AdviceHistory>;
  actOnAdvice(act: "accept" | "apply" | "dismiss" | "reopen", body: AdviceBody): Promise<Advice[]>;
  /** Objectives, and where the endpoints of that traffic stand. */
  objectives(traffic: Traffic): Promise<ObjectivePage>;
  budget(objectiveId: string, endpointId: string): Promise<BudgetSeries>;
  /** What an objective would have said, kept or not. */
  backtest(body: BacktestAsked): Promise<Backtest>;
  saveObjective(body: ObjectiveChange): Promise<ObjectiveShown>;
  deleteObjective(id: string, author: string, reason: string): Promise<void>;
  /** The deploys within the question's range. */
  deploys(question: Question): Promise<DeployPage>;
  /** The p95 that the question's endpoint usually has at each hour. */
  usual(question: Question): Promise<UsualPage>;
  /** The versions that served the question's endpoint, side by side. */
  versions(question: Question): Promise<VersionPage>;
  findings(asked: FindingsAsked): Promise<FindingPage>;
  /** One finding, with the response times before it and since. */
  finding(id: string): Promise<FindingDetail>;
  live(question: Question, listener: LiveListener): Live;
  exportAddress(table: Exported, question: Question, format: ExportFormat): string;
  alertsAddress(asked: AlertsAsked, format: ExportFormat): string;
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
    await this.#change("DELETE", "session");
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

  async operations(question: Question): Promise<OperationPage> {
    return (await this.#get(pathOf("operations", question), keptPairs(question))) as OperationPage;
  }

  async exemplars(question: Question): Promise<ExemplarPage> {
    return (await this.#get(pathOf("exemplars", question), keptPairs(question))) as ExemplarPage;
  }

  async predictions({ endpointId }: Question): Promise<PredictionPage> {
    return (await this.#get("predictions", endpointPairs(endpointId))) as PredictionPage;
  }

  async alerts(asked: AlertsAsked): Promise<AlertPage> {
    return (await this.#get("alerts", alertPairs(asked))) as AlertPage;
  }

  async alertHistory(id: string): Promise<AlertHistory> {
    return (await this.#get(`alerts/${id}/history`)) as AlertHistory;
  }

  async act(act: "acknowledge" | "resolve", body: AlertAct): Promise<AlertRow[]> {
    return (await this.#change("POST", `alerts/${act}`, body)).json() as Promise<AlertRow[]>;
  }

  async silences(): Promise<SilenceRow[]> {
    return (await this.#get("silences")) as SilenceRow[];
  }

  async silence(body: NewSilence): Promise<SilenceRow> {
    return (await this.#change("POST", "silences", body)).json() as Promise<SilenceRow>;
  }

  async endSilence(id: string): Promise<void> {
    await this.#change("DELETE", `silences/${id}`);
  }

  async alertRules(): Promise<AlertRuleShown[]> {
    return (await this.#get("alert-rules")) as AlertRuleShown[];
  }

  async saveRule(body: AlertRuleChange): Promise<AlertRuleShown> {
    const path = `alert-rules/${encodeURIComponent(body.rule.id)}`;
    return (await this.#change("PUT", path, body)).json() as Promise<AlertRuleShown>;
  }

  async deleteRule(id: string, author: string, reason: string): Promise<void> {
    await this.#change("DELETE", `alert-rules/${encodeURIComponent(id)}`, null, [["author", author], ["reason", reason]]);
  }

  async recommendations({ search, priority, states, endpointId, limit }: AdviceAsked): Promise<AdvicePage> {
    const query: Pair[] = [
      ...(search ? [["search", search] as Pair] : []),
      ...(priority ? [["priority", priority] as Pair] : []),
      ...(endpointId ? [["endpoint_id", endpointId] as Pair] : []),
      ...states.map((state): Pair => ["state", state]),
      ["limit", String(limit)],
    ];
    return (await this.#get("recommendations", query)) as AdvicePage;
  }

  async recommendationHistory(id: string): Promise<AdviceHistory> {
    return (await this.#get(`recommendations/${encodeURIComponent(id)}/history`)) as AdviceHistory;
  }

  async actOnAdvice(act: "accept" | "apply" | "dismiss" | "reopen", body: AdviceBody): Promise<Advice[]> {
    return (await this.#change("POST", `recommendations/${act}`, body)).json() as Promise<Advice[]>;
  }

  async objectives(traffic: Traffic): Promise<ObjectivePage> {
    return (await this.#get("objectives", trafficPairs(traffic))) as ObjectivePage;
  }

  async budget(objectiveId: string, endpointId: string): Promise<BudgetSeries> {
    const path = `objectives/${encodeURIComponent(objectiveId)}/budget`;
    return (await this.#get(path, [["endpoint", endpointId]])) as BudgetSeries;
  }

  async backtest(body: BacktestAsked): Promise<Backtest> {
    return (await this.#change("POST", "objectives/backtest", body)).json() as Promise<Backtest>;
  }

  async saveObjective(body: ObjectiveChange): Promise<ObjectiveShown> {
    const path = `objectives/${encodeURIComponent(body.objective.id)}`;
    return (await this.#change("PUT", path, body)).json() as Promise<ObjectiveShown>;
  }

  async deleteObjective(id: string, author: string, reason: string): Promise<void> {
    await this.#change("DELETE", `objectives/${encodeURIComponent(id)}`, null, [["author", author], ["reason", reason]]);
  }

  async deploys(question: Question): Promise<DeployPage> {
    return (await this.#get("deploys", keptPairs(question))) as DeployPage;
  }

  async usual(question: Question): Promise<UsualPage> {
    return (await this.#get(`usual/${question.endpointId ?? ""}`, keptPairs(question))) as UsualPage;
  }

  async versions(question: Question): Promise<VersionPage> {
    return (await this.#get(`versions/${question.endpointId ?? ""}`, keptPairs(question))) as VersionPage;
  }

  async findings({ traffic, endpointId, limit }: FindingsAsked): Promise<FindingPage> {
    const of: Pair[] = endpointId === null ? trafficPairs(traffic) : [["endpoint", endpointId]];
    return (await this.#get("findings", [...of, ["limit", String(limit)]])) as FindingPage;
  }

  async finding(id: string): Promise<FindingDetail> {
    return (await this.#get(`findings/${id}`)) as FindingDetail;
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
    return this.#address(pathOf(table, question), [...exportedPairs(table, question), ["format", format]]).href;
  }

  alertsAddress(asked: AlertsAsked, format: ExportFormat): string {
    return this.#address("alerts", [...alertPairs({ ...asked, limit: MOST_ALERTS }), ["format", format]]).href;
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

  /** Changes something, with what shows that the page wants it and no other site does. */
  async #change(method: string, path: string, body: unknown = null, query: readonly Pair[] = []): Promise<Response> {
    const { csrf } = (await this.#get("session")) as Schemas["SessionState"];
    return this.#fetch(this.#address(path, query), {
      method,
      headers: { "X-CSRF-Token": csrf, ...(body === null ? {} : { "Content-Type": "application/json" }) },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
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

const PART_BYTES = 2048;

/** A push is JSON, packed once for all who are sent it. */
function unpacked(data: Blob): Promise<LivePush> {
  return new Response(data.stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

type Pair = [name: string, value: string];

/** All but the lists are of one endpoint where the question names one. */
function pathOf(table: Exported, { endpointId }: Question): string {
  if (table === "endpoints" || table === "requests" || table === "objectives" || table === "predictions") return table;
  if (endpointId === null) return "series";
  return `endpoints/${endpointId}${table === "endpoint" ? "" : `/${table}`}`;
}

function queryOf(question: Question): Pair[] {
  const { endpointId, isCompared, requestCount } = question;
  return [
    ...keptPairs(question),
    ...endpointPairs(endpointId),
    ...(isCompared ? [["compare", "previous"] as Pair] : []),
    ...(requestCount > 0 ? [["requests", String(requestCount)] as Pair] : []),
  ];
}

function endpointPairs(endpointId: string | null): Pair[] {
  return endpointId ? [["endpoint", endpointId]] : [];
}

const MOST_REQUESTS = 1000; // the server gives no more
const MOST_ALERTS = 1000; // nor of these

/** The newest requests are of no range of time, and objectives of their own periods. */
function exportedPairs(table: Exported, question: Question): Pair[] {
  const { traffic } = question;
  if (table === "requests") return [...trafficPairs(traffic), ["limit", String(MOST_REQUESTS)]];
  if (table === "predictions") return endpointPairs(question.endpointId);
  return table === "objectives" ? trafficPairs(traffic) : keptPairs(question);
}

function alertPairs({ search, priority, states, limit }: AlertsAsked): Pair[] {
  return [
    ...(search ? [["endpoint", search] as Pair] : []),
    ...(priority ? [["priority", priority] as Pair] : []),
    ...states.map((state): Pair => ["state", state]),
    ["limit", String(limit)],
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
