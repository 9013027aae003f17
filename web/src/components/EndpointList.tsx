// The endpoints as two-line rows, for small screens; one percentile at a time.

import type { EndpointSummary } from "../api/client";
import { Sparkline } from "../charts/Sparkline";
import * as format from "../format";
import { ratioChange } from "../model/comparison";
import { judgedOf } from "../model/judged";
import { hasRoute, isFew, nameOf, rowKind } from "../model/rows";
import { ChangeText } from "./ChangeText";
import { ErrorCell, PercentileCell, Reason, type ShownPercentile, StateMark } from "./endpointCells";
import { StarButton } from "./EndpointRow";
import { PriorityGlyph } from "./Glyph";
import { Rate, Share } from "./Numbers";
import { Template } from "./Template";
import type { TableProps } from "./EndpointTable";
import { useWidth } from "../charts/useWidth";
import styles from "./endpointList.module.css";

const CHARACTER_WIDTH = 7.2; // px, of the mono font at 12 px
const TAKEN = 158; // px of the first line taken by star, glyph and number

interface Props extends TableProps {
  percentile: ShownPercentile;
}

export function EndpointList(props: Props) {
  const [box, width] = useWidth();
  return (
    <div ref={box}>
      <ul className={styles.list} data-stale={props.isStale || undefined}>
        {props.rows.map((row) => (
          <EndpointItem
            key={row.id}
            {...props}
            row={row}
            room={Math.floor((width - TAKEN) / CHARACTER_WIDTH)}
          />
        ))}
      </ul>
    </div>
  );
}

interface ItemProps extends Props {
  row: EndpointSummary;
  room: number;
}

function EndpointItem({ row, room, ...props }: ItemProps) {
  const kind = rowKind(row);
  const isSelected = row.id === props.selectedId;
  return (
    <li className={styles.item} data-row={row.id} data-kind={kind} aria-current={isSelected || undefined}
        onClick={() => props.onSelect(row.id)}>
      <span className={styles.star} onClick={(event) => event.stopPropagation()}>
        {(kind === "measured" || kind === "stream") && (
          <StarButton row={row} isTabStop isStarred={props.stars.has(row.id)} onStar={props.onStar} />
        )}
      </span>
      <span className={styles.first}>
        {hasRoute(row) && <PriorityGlyph priority={row.priority} size={11} />}
        {hasRoute(row) && <span className="visually-hidden">{row.priority}</span>}
        <a href={props.hrefFor(row.id)} onClick={(event) => event.preventDefault()}>
          <Template method={row.method} template={row.template} room={room} />
        </a>
        <StateMark row={row} settings={props.settings} alert={judgedOf(props.judged, row.id).alert} />
        {kind === "measured" && (
          <span className={styles.number}>
            <span className="visually-hidden">{props.percentile}</span>
            <PercentileCell row={row} percentile={props.percentile} />
          </span>
        )}
      </span>
      <span className={styles.second}>
        <SecondLine row={row} settings={props.settings} changes={props.changes} />
      </span>
    </li>
  );
}

type SecondLineProps = Pick<ItemProps, "row" | "settings" | "changes">;

function SecondLine({ row, settings, changes }: SecondLineProps) {
  const kind = rowKind(row);
  if (kind === "stream") {
    return <span>{format.count(row.open_connections)} open · <Reason row={row} kind={kind} /></span>;
  }
  if (kind !== "measured") return <Reason row={row} kind={kind} />;
  return (
    <>
      <span className={styles.facts}>
        <Rate value={row.rate_per_second} /> ·{" "}
        {hasRoute(row) && <><ErrorCell row={row} settings={settings} /> errors · </>}
        <Share value={row.share_of_time_ratio} /> of time
      </span>
      {changes ? (
        <ChangeText change={ratioChange(changes.get(row.id)?.p95_change_ratio ?? null, true)} />
      ) : !isFew(row) && (
        <Sparkline values={row.sparkline} label={`p95 of ${nameOf(row)} over time`} width={56} />
      )}
    </>
  );
}
