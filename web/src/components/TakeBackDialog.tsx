import type { ReactNode } from "react";
import { Dialog } from "./Dialog";
import { SignedForm } from "./SignedForm";
import type { Signed } from "./Signature";
import type { By } from "./useSigned";

interface Props {
  by: By;
  isOpen: boolean;
  /** What is taken back, and what holds then. */
  children: ReactNode;
  send(signed: Signed): Promise<unknown>;
  onClose(isDone: boolean): void;
}

/** Asks before something of the page goes. */
export function TakeBackDialog({ by, isOpen, children, send, onClose }: Props) {
  return (
    <Dialog title="Take back" isOpen={isOpen} onClose={() => onClose(false)}>
      <SignedForm by={by} verb="Take back" send={(signed) => send(signed).then(() => onClose(true))} onCancel={() => onClose(false)}>
        <p>{children}</p>
      </SignedForm>
    </Dialog>
  );
}
