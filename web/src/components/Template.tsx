import { middleCut, templateParts, visible } from "../model/template";
import styles from "./template.module.css";

interface Props {
  method: string;
  template: string;
  /** How many characters there is room for; the full text shows on focus and hover. */
  room?: number;
}

/** `GET /api/cart/{cart_id}`, its parameters standing back. */
export function Template({ method, template, room = Infinity }: Props) {
  const full = visible(template);
  const shown = middleCut(full, Math.max(12, room - method.length - 1));
  return (
    <span className={styles.template} title={shown === full ? undefined : full}>
      <span className={styles.method}>{method === "ANY" ? "any" : method}</span>{" "}
      {templateParts(shown).map(({ text, isParameter }, index) => (
        <span key={index} className={isParameter ? styles.parameter : undefined}>{text}</span>
      ))}
    </span>
  );
}
