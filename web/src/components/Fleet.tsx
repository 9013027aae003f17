// Which processes report, and how they are: a table, or cards where there is no room for one.

import { useMediaQuery } from "@mantine/hooks";
import type { InstanceRow } from "../api/client";
import { type FleetLook, fleetGroups, fleetWords, type Grouping, groupingOf } from "../model/fleet";
import cards from "./card.module.css";
import { Segments } from "./Control";
import { FleetCards } from "./FleetCards";
import { FleetTable } from "./FleetTable";
import styles from "./fleet.module.css";

const SMALL = "(max-width: 860px)";

export interface FleetProps {
  rows: readonly InstanceRow[];
  /** Unix seconds at which the rows were true. */
  asOf: number;
  look: FleetLook;
  /** The ids of the processes that all numbers are of; none: of all. */
  chosen: readonly string[];
  onLook(look: FleetLook): void;
  /** Puts a process into what all numbers are of, or takes it out. */
  onToggle(id: string): void;
}

const GROUPING_SEGMENTS: readonly { value: Grouping; content: string }[] = [
  { value: "none", content: "Ungrouped" },
  { value: "service", content: "By service" },
  { value: "host", content: "By host" },
];

export function Fleet(props: FleetProps) {
  const { rows, look, onLook } = props;
  const isSmall = useMediaQuery(SMALL, false, { getInitialValueInEffect: false });
  const shown = { ...props, groups: fleetGroups(rows, look) };
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Instances">
      <header>
        <div><h2>Instances</h2><small>{fleetWords(rows)}. A click filters all screens.</small></div>
        {rows.length > 1 && (
          <Segments label="Groups" value={groupingOf(rows, look)} segments={GROUPING_SEGMENTS}
                    onChange={(grouping) => onLook({ ...look, grouping })} />
        )}
      </header>
      {isSmall ? <FleetCards {...shown} /> : <FleetTable {...shown} />}
    </section>
  );
}
