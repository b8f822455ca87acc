// The strip above the editor: whose data this is, and one click to sign in or out.
import { useState } from "react";
import { signIn, signOut, useSession } from "./session.js";

function SignIn({ start }) {
  const [email, setEmail] = useState(start.email);
  const [password, setPassword] = useState(start.password);
  const [busy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    await signIn(email, password);
    setBusy(false);
  }

  return (
    <form onSubmit={submit} className="strip-form">
      <input
        type="email"
        aria-label="Email"
        placeholder="Email"
        autoComplete="username"
        required
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <input
        type="password"
        aria-label="Password"
        placeholder="Password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <button type="submit" className="strip-main" disabled={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </button>
    </form>
  );
}

function SignedIn({ session }) {
  const role = session.role ? session.role.toLowerCase() : "";
  return (
    <div className="strip-who">
      <span className="strip-dot" aria-hidden="true" />
      <span>
        <strong>{session.name || "Signed in"}</strong>
        {role && `, ${role}`}
        {session.business && (
          <>
            {" of "}
            <strong>{session.business}</strong>
          </>
        )}
      </span>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </div>
  );
}

/** Show the strip; `restart` brings the documented operations back. */
export function Strip({ start, restart }) {
  const { session, note } = useSession();
  const hint = start.demo ? "Demo salon: sign in with one click, then run the tabs from left to right." : "";
  return (
    <header className="strip">
      <span className="strip-name">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M8 11h16M8 11v12h16V11M12 7v6M20 7v6" />
          <path d="m12.5 17.5 2.5 2.5 4.5-4.5" />
        </svg>
        Regulars
      </span>
      <span className={note ? "strip-note strip-alert" : "strip-note"} role="status">
        {note || (session ? "" : hint)}
      </span>
      {start.operations.length > 0 && (
        <button type="button" onClick={restart} title="Bring the documented operations back as they were">
          Reset tabs
        </button>
      )}
      {session ? <SignedIn session={session} /> : <SignIn start={start} />}
    </header>
  );
}
