import { type FormEvent, useState } from "react";
import { type Client, ClientError } from "../api/client";
import { Button } from "../components/Control";
import { ProductMark, StateGlyph } from "../components/Glyph";
import styles from "./loginPage.module.css";

export function LoginPage({ client, onSignedIn }: { client: Client; onSignedIn(): void }) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await client.signIn(token.trim());
      onSignedIn();
    } catch (reason) {
      setError(refusal(reason));
      setBusy(false);
    }
  };

  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={(event) => void submit(event)}>
        <h1 className={styles.product}>
          <ProductMark />
          API Performance
        </h1>
        <label className={styles.label}>
          Token
          <input
            className={styles.field}
            type="password"
            autoComplete="current-password"
            spellCheck={false}
            autoFocus
            required
            value={token}
            aria-invalid={error !== null}
            aria-describedby="login-error login-help"
            onChange={(event) => {
              setToken(event.target.value);
              setError(null);
            }}
          />
        </label>
        <p id="login-error" className={styles.error} role="alert">
          {error && <><StateGlyph state="firing" /> {error}</>}
        </p>
        <Button isPrimary type="submit" disabled={isBusy || token.trim() === ""}>Sign in</Button>
        <p id="login-help" className={styles.help}>
          The token is part of the login address that the server printed to its terminal. This
          prints it again, where the server runs:
        </p>
        <code className={styles.line}>api-performance token</code>
      </form>
    </main>
  );
}

function refusal(reason: unknown): string {
  if (!(reason instanceof ClientError)) return String(reason);
  if (reason.status === 401 || reason.status === 403) return "This token is not known here, or no longer valid.";
  if (reason.status === 429) return "Too many attempts. Wait a minute, then try again.";
  return `${reason.message}.`;
}
