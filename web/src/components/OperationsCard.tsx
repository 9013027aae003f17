import { useCallback, useState } from "react";
import type { BlockRow, Client, OperationPage, OperationRow, Question } from "../api/client";
import * as format from "../format";
import {
  type OperationSort, type SortedBy, type Tag, sortAfter, sortedOperations, tagsOf, waitedWords,
} from "../model/operations";
import type { TimeType } from "../model/overview";
import { TIME_TYPE_TOKENS } from "../model/overview";
import cards from "./card.module.css";
import { ChartMenu } from "./ChartMenu";
import { Empty } from "./Empty";
import type { Files } from "./EndpointCharts";
import { TimeTypeGlyph } from "./Glyph";
import { Loading } from "./Loading";
import styles from "./operations.module.css";
import { useAsked } from "./useAsked";

const FIRST_SHOWN = 12;

interface Props extends Files {
  client: Client;
  question: Question;
  asOf: number;
}

/** What the requests of one endpoint called, of most time first. */
export function OperationsCard({ client, question, asOf, csv, json }: Props) {
  const ask = useCallback((asked: Question) => client.operations(asked), [client]);
  const { answer, error } = useAsked(ask, question, asOf);
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Operations">
      <header>
        <div><h2>Operations</h2><small>{noteOf(answer)}</small></div>
        <ChartMenu name="Operations" exports={{ csv, json }} />
      </header>
      {answer ? <><Operations page={answer} /><Blocks rows={answer.blocks} /></> : error === null ? <Loading rows={5} /> : <p>{error}. It is asked again with the next answer.</p>}
    </section>
  );
}

function noteOf(page: OperationPage | null): string {
  if (page === null || page.operations.length === 0) return "what a request calls";
  return `per request, since ${format.clock(page.start)}, of ${format.count(page.request_count)}`;
}

function Operations({ page }: { page: OperationPage }) {
  const [by, setBy] = useState<SortedBy>({ column: "total", isDescending: true });
  const [isWhole, setWhole] = useState(false);
  if (page.operations.length === 0) return <NoOperation />;
  const rows = sortedOperations(page.operations, by);
  const shown = isWhole ? rows : rows.slice(0, FIRST_SHOWN);
  return (
    <div className={styles.wide} tabIndex={0} role="region" aria-label="Operations, as a table">
      <table className={styles.table}>
        <thead>
          <tr>
            <Head by={by} onSort={setBy} column="text">Operation</Head>
            <Head by={by} onSort={setBy} column="calls">Calls</Head>
            <Head by={by} onSort={setBy} column="each">Each</Head>
            <Head by={by} onSort={setBy} column="p95">p95</Head>
            <Head by={by} onSort={setBy} column="total">Total</Head>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>{shown.map((row) => <Row key={row.id} row={row} />)}</tbody>
      </table>
      {rows.length > shown.length && (
        <button type="button" className={styles.more} onClick={() => setWhole(true)}>
          {format.count(rows.length - shown.length)} more
        </button>
      )}
    </div>
  );
}

/** The lines that blocked the event loop while the endpoint was served, and who waited. */
function Blocks({ rows }: { rows: BlockRow[] }) {
  if (rows.length === 0) return null;
  return (
    <div className={`${styles.wide} ${styles.blocks}`} tabIndex={0} role="region" aria-label="Blocked the event loop">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Blocked the event loop</th>
            <th scope="col">Times</th><th scope="col">Each, at least</th><th scope="col">Total</th>
            <th scope="col">Waited</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.place}>
              <th scope="row">
                <code title={row.place}>{row.place}</code>
                {row.waiting.length > 0 && <small title={waitedWords(row)}>{waitedWords(row)}</small>}
              </th>
              <td>{format.count(row.count)}</td>
              <td>{format.duration(row.duration.mean_seconds)}</td>
              <td className={styles.total}>{format.duration(row.seconds)}</td>
              <td>{format.count(row.waiting.reduce((sum, each) => sum + each.request_count, 0))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NoOperation() {
  return (
    <Empty title="No call told apart in this range" line="with track_latency(LatencyType.DATABASE):">
      Statements, cache commands and outgoing calls of the libraries that are followed appear here
      by themselves. What else waits is told apart by one line:
    </Empty>
  );
}

interface HeadProps {
  column: OperationSort;
  by: SortedBy;
  onSort(by: SortedBy): void;
  children: string;
}

function Head({ column, by, onSort, children }: HeadProps) {
  const isSorted = by.column === column;
  return (
    <th scope="col" aria-sort={isSorted ? (by.isDescending ? "descending" : "ascending") : undefined}>
      <button type="button" onClick={() => onSort(sortAfter(by, column))}>{children}</button>
    </th>
  );
}

function Row({ row }: { row: OperationRow }) {
  const type = row.latency_type as TimeType;
  const total = row.seconds_per_request;
  return (
    <tr>
      <th scope="row">
        <span className={styles.name}>
          <TimeTypeGlyph type={type} />
          <code title={titleOf(row)}>{row.text}</code>
          {tagsOf(row).map((tag) => <TagChip key={tag.words} tag={tag} />)}
        </span>
        {row.source && <small>{row.source}</small>}
      </th>
      <td>{format.calls(row.calls_per_request)}</td>
      <td>{format.duration(row.duration.mean_seconds)}</td>
      <td>{row.duration.unsupported.includes("p95") ? <i>n = {format.count(row.duration.count)}</i> : format.duration(row.duration.p95_seconds)}</td>
      <td className={styles.total}>{format.duration(total)}</td>
      <td>
        <span className={styles.share}>
          <span className={styles.track} aria-hidden>
            <span style={{ width: `${(row.share_of_time_ratio ?? 0) * 100}%`, background: `var(--${TIME_TYPE_TOKENS[type]})` }} />
          </span>
          {format.share(row.share_of_time_ratio)}
        </span>
      </td>
    </tr>
  );
}

function TagChip({ tag }: { tag: Tag }) {
  return <span className={styles.tag} title={tag.meaning}>{tag.words}</span>;
}

function titleOf({ text, system, source }: OperationRow): string {
  return [text, system && system !== "framework" && `asked of ${system}`, source && `first called at ${source}`].filter(Boolean).join("\n");
}
