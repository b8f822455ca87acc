// Who is signed in on this page; kept in sessionStorage, so it ends with the browser tab.
import { useSyncExternalStore } from "react";
import { ask } from "./fetcher.js";

const KEY = "regulars:session";
const SIGN_IN = `mutation SignIn($email: String!, $password: String!) {
  signIn(input: { email: $email, password: $password }) { token problems { message remedy } }
}`;
const SIGN_OUT = "mutation SignOut { signOut { problems { message } } }";
const ENDED = ["UNAUTHENTICATED", "TOKEN_REVOKED", "TOKEN_EXPIRED"];
const WHO = "query Who { viewer { account { name } role business { name } } }";

let state = { session: JSON.parse(sessionStorage.getItem(KEY) ?? "null"), note: "" };
const listeners = new Set();

function set(session, note = "") {
  state = { session, note };
  if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
  else sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

/** Read `{session, note}`: the session is null or `{token, name, role, business}`, the note a sentence. */
export function useSession() {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** The session right now, outside of React. */
export function current() {
  return state.session;
}

/** The header value that carries a token. */
export function bearer(token) {
  return `Bearer ${token}`;
}

async function adopt(token) {
  const answer = await ask({ query: WHO }, { authorization: bearer(token) });
  const viewer = answer.data?.viewer;
  if (!viewer) throw new Error(answer.errors?.[0]?.message ?? "The token was not accepted.");
  set({ token, name: viewer.account?.name ?? "", role: viewer.role, business: viewer.business?.name ?? "" });
}

/** Exchange email and password for a token; a refusal becomes the note. */
export async function signIn(email, password) {
  try {
    const answer = await ask({ query: SIGN_IN, operationName: "SignIn", variables: { email, password } });
    const refusal = answer.errors?.[0] ?? answer.data.signIn.problems[0];
    if (refusal) set(null, [refusal.message, refusal.remedy].filter(Boolean).join(" "));
    else await adopt(answer.data.signIn.token);
  } catch (error) {
    set(null, error.message);
  }
}

/** End the session here and on the server. */
export async function signOut() {
  const authorization = bearer(state.session.token);
  set(null);
  await ask({ query: SIGN_OUT }, { authorization }).catch(() => {});
}

/** Ask once, when the page opens, whether the kept token is still good. */
export async function restore() {
  if (!state.session) return;
  try {
    await adopt(state.session.token);
  } catch {
    set(null, "Your session has ended.");
  }
}

/** Follow what happens in the editor: a sign-in there counts, and a refused token ends the session. */
export function heard(result, headers = {}) {
  const token = (result.data?.signIn ?? result.data?.signUpBusiness)?.token;
  if (typeof token === "string") {
    adopt(token).catch(() => {});
    return;
  }
  const refused = result.errors?.some((error) => ENDED.includes(error.extensions?.code));
  if (refused && state.session && Object.values(headers).includes(bearer(state.session.token))) {
    set(null, "Your session has ended.");
  }
}
