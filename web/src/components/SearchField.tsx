import { useDebouncedCallback } from "@mantine/hooks";
import { type RefObject, useEffect, useState } from "react";
import { Key } from "./Control";
import { Icon } from "./Icon";
import styles from "./searchField.module.css";

const SEARCH_AFTER_MS = 200; // the server is asked when the reader stops typing

interface Props {
  field: RefObject<HTMLInputElement | null>;
  value: string;
  onChange(words: string): void;
  /** Hears of each letter, and of what the address has. */
  onTyped?(words: string): void;
}

/** Searches by words of method and template. */
export function SearchField({ field, value, onChange, onTyped }: Props) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => onTyped?.(typed), [typed, onTyped]);
  const search = useDebouncedCallback(onChange, SEARCH_AFTER_MS);
  return (
    <label className={styles.search}>
      <Icon name="search" size={14} />
      <input
        ref={field}
        type="search"
        maxLength={200}
        placeholder="Search by method or template"
        aria-label="Search endpoints"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          search(event.target.value);
          if (event.target.value === "") search.flush(); // nothing more will be typed
        }}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <Key>/</Key>
    </label>
  );
}
