// Chooses which traffic all numbers are of.

import { Popover } from "@mantine/core";
import { useRef } from "react";
import type { Answer, Client } from "../api/client";
import { instanceName, ownLists, statusChoices } from "../model/filterChoices";
import { PRIORITIES } from "../model/rows";
import {
  ALL_TRAFFIC, isNarrowed, type ListName, METHODS, toggled, type Traffic, trafficPairs,
} from "../model/traffic";
import { Button } from "./Control";
import controls from "./control.module.css";
import styles from "./filterMenu.module.css";
import { PriorityGlyph } from "./Glyph";
import { Icon } from "./Icon";
import { POPOVER_STYLES } from "./menu";
import { SearchField } from "./SearchField";
import { useAllInstances } from "./useInstances";

interface Props {
  client: Client;
  answer: Answer | null;
  traffic: Traffic;
  isOpen: boolean;
  onOpen(isOpen: boolean): void;
  onTraffic(traffic: Traffic, isStep?: boolean): void;
}

export function FilterMenu(props: Props) {
  const { traffic, isOpen, onOpen, onTraffic } = props;
  const count = trafficPairs(traffic).length;
  return (
    <Popover {...POPOVER_STYLES} opened={isOpen} onChange={onOpen} position="bottom-end" trapFocus>
      <Popover.Target>
        <button type="button" className={controls.button} aria-haspopup="dialog"
                aria-expanded={isOpen}
                onClick={() => onOpen(!isOpen)}>
          <Icon name="filter" size={15} />
          <span className={controls.wide}>Filter</span>
          {count > 0 && (
            <span className={styles.count}>{count}<span className="visually-hidden"> set</span></span>
          )}
        </button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="Filter">
        <Choices {...props} />
        <div className={styles.foot}>
          <Button disabled={!isNarrowed(traffic)} onClick={() => onTraffic(ALL_TRAFFIC, true)}>
            Clear filters
          </Button>
          <Button isPrimary onClick={() => onOpen(false)}>Done</Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Choices({ client, answer, traffic, onTraffic }: Props) {
  const instances = useAllInstances(client);
  const search = useRef<HTMLInputElement>(null);
  const set = (next: Traffic) => onTraffic(next, true);
  const list = (name: ListName, values: readonly string[]) => (
    <Group
      key={name}
      name={name}
      values={values}
      chosen={traffic.lists[name]}
      words={(value) => (name === "instance" ? instanceName(instances, value) : value)}
      onToggle={(value) => set(toggled(traffic, name, value))}
    />
  );
  return (
    <div className={styles.choices}>
      <div className={styles.group}>
        <h3>endpoint</h3>
        <SearchField field={search} value={traffic.search}
                     onChange={(words) => onTraffic({ ...traffic, search: words })} />
      </div>
      <Group
        name="priority"
        values={PRIORITIES}
        chosen={[traffic.priority]}
        words={(priority) => <><PriorityGlyph priority={priority} size={11} />{priority.toUpperCase()}</>}
        onToggle={(priority) =>
          set({ ...traffic, priority: priority === traffic.priority ? null : priority })}
      />
      {list("method", METHODS)}
      <Group
        name="status"
        values={statusChoices(answer, traffic.status)}
        chosen={[traffic.status]}
        words={(status) => status}
        onToggle={(status) => set({ ...traffic, status: status === traffic.status ? null : status })}
      />
      {ownLists(instances, traffic).map(({ name, values }) => list(name, values))}
    </div>
  );
}

interface GroupProps<Value extends string> {
  name: string;
  values: readonly Value[];
  chosen: readonly (Value | null)[];
  words(value: Value): React.ReactNode;
  onToggle(value: Value): void;
}

function Group<Value extends string>({ name, values, chosen, words, onToggle }: GroupProps<Value>) {
  return (
    <div className={styles.group} role="group" aria-label={name}>
      <h3>{name}</h3>
      <div className={styles.values}>
        {values.map((value) => (
          <Button key={value} aria-pressed={chosen.includes(value)} onClick={() => onToggle(value)}>
            {words(value)}
          </Button>
        ))}
      </div>
    </div>
  );
}
