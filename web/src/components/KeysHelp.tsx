import { Modal } from "@mantine/core";
import { SCREENS } from "../model/address";
import { SCREEN_WORDS } from "../model/screens";
import { Key } from "./Control";
import styles from "./keysHelp.module.css";

const KEYS: readonly [string[], string][] = [
  [["/"], "search"],
  [["j"], "next row"],
  [["k"], "row before"],
  [["Enter"], "open the endpoint"],
  [["s"], "star the row"],
  [["t"], "next time range"],
  [["c"], "compare with the period before"],
  [["p"], "pause, and go on"],
  [["Esc"], "back to all endpoints"],
  [["←", "→"], "walk along the chart"],
  [["?"], "this help"],
];

export function KeysHelp({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title="Keys"
      centered
      lockScroll={false} // would write a style element, which the content-security policy forbids
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": "Close" }}
      classNames={{
        content: styles.content!, header: styles.header!, title: styles.title!, body: styles.body!,
        close: styles.close!,
      }}
    >
      <dl className={styles.keys}>
        {KEYS.map(([keys, words]) => <Row key={words} keys={keys} words={words} />)}
        {SCREENS.map((screen) => (
          <Row key={screen} keys={["g", SCREEN_WORDS[screen].key]} words={SCREEN_WORDS[screen].title} />
        ))}
      </dl>
    </Modal>
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
