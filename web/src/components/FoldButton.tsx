import styles from "./foldButton.module.css";
import { Icon } from "./Icon";

interface Props {
  isOpen: boolean;
  /** What waits: “22 more, all kept”. */
  folded: string;
  /** What the button does then: “Fold what is kept”. */
  open: string;
  onToggle(isOpen: boolean): void;
}

/** The last line of a list that is longer than one wants to read. */
export function FoldButton({ isOpen, folded, open, onToggle }: Props) {
  return (
    <button type="button" className={styles.fold} aria-expanded={isOpen} onClick={() => onToggle(!isOpen)}>
      <Icon name="chevron" size={14} />{isOpen ? open : folded}
    </button>
  );
}
