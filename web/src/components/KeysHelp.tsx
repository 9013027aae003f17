import { SCREENS } from "../model/address";
import { SCREEN_WORDS } from "../model/screens";
import { Key } from "./Control";
import { Dialog } from "./Dialog";
import styles from "./dialog.module.css";

const KEYS: readonly [string[], string][] = [
  [["/"], "search"],
  [["j"], "next row"],
  [["k"], "row before"],
  [["Enter"], "open the endpoint"],
  [["s"], "star the row"],
  [["t"], "next time range"],
  [["c"], "compare periods"],
  [["p"], "pause, and go on"],
  [["Esc"], "back to all endpoints"],
  [["←", "→"], "walk along the chart"],
  [["?"], "this help"],
];

export function KeysHelp({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Dialog closesOutside title="Keys" isOpen={isOpen} onClose={onClose}>
      <dl className={styles.keys}>
        {KEYS.map(([keys, words]) => <Row key={words} keys={keys} words={words} />)}
        {SCREENS.map((screen) => (
          <Row key={screen} keys={["g", SCREEN_WORDS[screen].key]} words={SCREEN_WORDS[screen].title} />
        ))}
      </dl>
    </Dialog>
  );
}

function Row({ keys, words }: { keys: readonly string[]; words: string }) {
  return (
    <div>
      <dt>{keys.map((key) => <Key key={key}>{key}</Key>)}</dt>
      <dd>{words}</dd>
    </div>
  );
}
