import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./dialog.module.css";

interface Props {
  title: string;
  isOpen: boolean;
  isWide?: boolean;
  /** Whether a click beside it closes it; what is written in a form would be lost. */
  closesOutside?: boolean;
  onClose(): void;
  children: ReactNode;
}

/** What opens over a screen and is dealt with before it. */
export function Dialog({ title, isOpen, isWide = false, closesOutside = false, onClose, children }: Props) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      centered
      closeOnClickOutside={closesOutside}
      size={isWide ? 880 : 440}
      lockScroll={false} // would write a style element, which the content-security policy forbids
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": "Close" }}
      classNames={{
        content: styles.content!, header: styles.header!, title: styles.title!, body: styles.body!,
        close: styles.close!,
      }}
    >
      {children}
    </Modal>
  );
}
