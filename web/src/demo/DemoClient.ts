// Answers from the story, so that the page can be worked on without a server.

import {
  type Advice, type AdviceAsked, type AdviceBody, type AdviceHistory, type AdvicePage, type AlertAct, type AlertHistory, type AlertPage, type AlertRow, type AlertRuleShown, type AlertsAsked, type Answer, type Backtest, type BacktestAsked, type BudgetSeries, type Client, ClientError, type DeployPage, type EndpointSummary, type ExemplarPage, type FindingDetail, type FindingPage, type FindingsAsked, type Heatmap, type InstanceRow, type Live, type LiveListener, type NewSilence, type ObjectivePage, type ObjectiveShown, type OperationPage, type PredictionPage, type Question, type Settings, type SilenceRow, type UsualPage, type VersionPage,
} from "../api/client";
import { ALL_TRAFFIC, type Traffic } from "../model/traffic";
import { adviceHistoryAt, adviceOn, advicePageAt } from "./advice";
import { alertPageAt, historyAt, silencesAt } from "./alerts";
import { answerAt } from "./answers";
import { deploysAt, usualOf, versionsOf } from "./deploys";
import { detailOf, findingsAt } from "./findings";
import { heatmapOf } from "./detail";
import { exemplarsOf, operationsOf } from "./inside";
import { predictionsOf } from "./predictions";
import { fleetAt, fleetHealth, instancesAt } from "./instances";
import { RULES } from "./rules";
import { backtestAt, budgetAt, objectivesAt } from "./objectives";
import story from "./story.json";

function many(rows: EndpointSummary[]): EndpointSummary[] {
  return Array.from({ length: 40 }, (_, version) => version).flatMap((version) =>
    rows.map((row) => ({ ...row, id: `${row.id}-${version}`, template: `/v${version}${row.template}` })),
  );
}

function emptied(answer: Answer): Answer {
  const recent = answer.recent && { ...answer.recent, seen_count: 0, shown_count: 0, requests: [] };
  return { ...answer, endpoints: [], recent };
}

/** `?now=`, `?state=failing`, `?state=empty`, `?state=many`, `?state=storm`, `?state=fleet` and `?state=signed-out` show what is hard to catch. */
export class DemoClient implements Client {
  readonly #state = new URLSearchParams(window.location.search).get("state");
  readonly #stopped = Number(new URLSearchParams(window.location.search).get("now")) || null;
  #firstAt: number | null = null;
  readonly #acted = new Map<string, Partial<AlertRow>>();
  readonly #advised = new Map<string, Partial<Advice>>();
  #silences: SilenceRow[] | null = null;
  #isSignedIn = this.#state !== "signed-out";

  signIn(token: string): Promise<void> {
    if (token !== "demo") {
      return Promise.reject(new ClientError(401, "this token is not known here, or no longer valid"));
    }
    this.#isSignedIn = true;
    return Promise.resolve();
  }

  signOut(): Promise<void> {
    this.#isSignedIn = false;
    return Promise.resolve();
  }

  settings(): Promise<Settings> {
    if (!this.#isSignedIn) return Promise.reject(new ClientError(401, "sign in first"));
    return Promise.resolve(story.settings as unknown as Settings); // JSON knows no enums
  }

  instances(): Promise<InstanceRow[]> {
    if (this.#state === "empty") return Promise.resolve([]);
    return Promise.resolve(this.#state === "fleet" ? fleetAt(this.#now()) : instancesAt(this.#now()));
  }

  async answer(question: Question): Promise<Answer> {
    if (this.#state === "loading") return new Promise(() => {});
    this.#refuseIfFailing();
    const answer = answerAt(question.span?.end ?? this.#now(), question);
    if (this.#state === "empty") return emptied(answer);
    if (this.#state === "fleet") return { ...answer, health: { ...answer.health, ...fleetHealth(this.#now()) } };
    return this.#state === "many" ? { ...answer, endpoints: many(answer.endpoints) } : answer;
  }

  #refuseIfFailing(): void {
    this.#firstAt ??= performance.now();
    if (this.#state === "failing" && performance.now() - this.#firstAt > 2500) throw new ClientError(0, "The store did not answer in 5 s");
  }

  heatmap(question: Question): Promise<Heatmap> {
    return this.answer(question).then(({ series }) => heatmapOf(series));
  }

  operations(question: Question): Promise<OperationPage> {
    return this.answer(question).then(({ series }) => operationsOf(series));
  }

  exemplars(question: Question): Promise<ExemplarPage> {
    return this.answer(question).then(({ series }) => exemplarsOf(series));
  }

  predictions(question: Question): Promise<PredictionPage> {
    return this.answer(question).then(({ series }) => predictionsOf(series));
  }

  async alerts(asked: AlertsAsked): Promise<AlertPage> {
    this.#refuseIfFailing();
    const page = alertPageAt(this.#now(), asked, this.#acted, this.#state === "storm");
    return this.#state === "empty" ? { ...page, counts: {}, total: 0, alerts: [], incidents: [] } : page;
  }

  async alertHistory(id: string): Promise<AlertHistory> {
    return historyAt(this.#now(), id, this.#acted);
  }

  async act(act: "acknowledge" | "resolve", { ids, author = "operator", reason = "" }: AlertAct): Promise<AlertRow[]> {
    const after: Partial<AlertRow> = act === "resolve"
      ? { state: "resolved", ended_at: this.#now(), author, reason } : { state: "acknowledged", acknowledged_by: author, author, reason };
    for (const id of ids) this.#acted.set(id, after);
    return [];
  }

  async silences(): Promise<SilenceRow[]> {
    if (this.#state === "empty") return [];
    this.#silences ??= silencesAt(this.#now());
    return this.#silences;
  }

  async silence({ starts_at, ends_at, alert = "", endpoint = "", rule = "", author = "", reason = "" }: NewSilence): Promise<SilenceRow> {
    const now = this.#now();
    const made = { id: String(now), alert, endpoint, rule, severity: null, instance: "", starts_at: starts_at ?? now, ends_at, author, reason, is_active: (starts_at ?? now) <= now };
    this.#silences = [made, ...(await this.silences())];
    if (alert) this.#acted.set(alert, { state: "silenced", author, reason });
    return made;
  }

  async endSilence(id: string): Promise<void> {
    this.#silences = (await this.silences()).filter((silence) => silence.id !== id);
  }

  async alertRules(): Promise<AlertRuleShown[]> {
    return [...RULES];
  }

  saveRule(): Promise<AlertRuleShown> {
    return Promise.reject(new ClientError(409, "The demo keeps nothing"));
  }

  deleteRule(): Promise<void> {
    return Promise.reject(new ClientError(409, "The demo keeps nothing"));
  }

  async recommendations(asked: AdviceAsked): Promise<AdvicePage> {
    const page = advicePageAt(this.#now(), asked, this.#advised);
    return this.#state === "empty" ? { ...page, counts: {}, total: 0, recommendations: [] } : page;
  }

  async recommendationHistory(id: string): Promise<AdviceHistory> {
    return adviceHistoryAt(this.#now(), id, this.#advised);
  }

  async actOnAdvice(act: "accept" | "apply" | "dismiss" | "reopen", { ids, author = "operator", reason = "" }: AdviceBody): Promise<Advice[]> {
    for (const id of ids) this.#advised.set(id, adviceOn(act, this.#now(), author, reason));
    return [];
  }

  async objectives(traffic: Traffic): Promise<ObjectivePage> {
    return objectivesAt(this.#now(), (await this.answer(this.#question(traffic))).endpoints);
  }

  async budget(objectiveId: string, endpointId: string): Promise<BudgetSeries> {
    const { rows } = await this.objectives(ALL_TRAFFIC);
    return budgetAt(this.#now(), rows.find((row) => row.objective_id === objectiveId && row.endpoint_id === endpointId)!);
  }

  async findings({ endpointId }: FindingsAsked): Promise<FindingPage> {
    const { endpoints } = await this.answer(this.#question(ALL_TRAFFIC));
    return findingsAt(this.#now(), this.#state === "empty" ? [] : endpoints, endpointId);
  }

  async finding(id: string): Promise<FindingDetail> {
    const { findings } = await this.findings({ traffic: ALL_TRAFFIC, endpointId: null, limit: 100 });
    return detailOf(this.#now(), findings.find((row) => row.id === id)!);
  }

  async deploys({ windowSeconds }: Question): Promise<DeployPage> {
    return deploysAt(this.#now(), this.#state === "empty" ? 0 : windowSeconds);
  }

  async usual({ endpointId, windowSeconds }: Question): Promise<UsualPage> {
    const endpoints = (await this.answer(this.#question(ALL_TRAFFIC))).endpoints;
    return usualOf(this.#now(), windowSeconds, endpoints.find(({ id }) => id === endpointId)!);
  }

  async versions(question: Question): Promise<VersionPage> {
    const { endpoints } = await this.answer(question);
    return versionsOf(this.#now(), question.windowSeconds, endpoints.find(({ id }) => id === question.endpointId)!);
  }

  async backtest(asked: BacktestAsked): Promise<Backtest> {
    const { endpoints } = await this.answer(this.#question(ALL_TRAFFIC));
    return backtestAt(this.#now(), asked, endpoints.find(({ id }) => id === asked.endpoint_id)!);
  }

  saveObjective(): Promise<ObjectiveShown> {
    return Promise.reject(new ClientError(409, "The demo keeps nothing"));
  }

  deleteObjective(): Promise<void> {
    return Promise.reject(new ClientError(409, "The demo keeps nothing"));
  }

  live(question: Question, listener: LiveListener): Live {
    let isPaused = false;
    const push = () => {
      if (isPaused) return;
      this.answer(question).then(listener.onAnswer, () => {
        clearInterval(timer);
        listener.onClosed();
      });
    };
    const timer = setInterval(push, 1000);
    push();
    return {
      pause: (pause) => {
        isPaused = pause;
      },
      close: () => clearInterval(timer),
    };
  }

  exportAddress(): string {
    return "data:text/plain,demo";
  }

  alertsAddress(): string {
    return this.exportAddress();
  }

  #question(traffic: Traffic): Question {
    return { windowSeconds: 900, span: null, traffic, endpointId: null, isCompared: false, requestCount: 0 };
  }

  #now(): number {
    return this.#stopped ?? Date.now() / 1000;
  }
}
