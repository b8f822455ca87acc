// The editor's tabs: where they are kept, what they start with, and the Authorization header in each.
import { bearer } from "./session.js";

const OWN = new Set(["tabState", "query", "variables", "headers"].map((name) => `graphiql:${name}`));
const APPLIED = "regulars:applied";

const shelf = (key) => (OWN.has(key) ? sessionStorage : localStorage);

// Two browser tabs must not overwrite each other's work, and a token must not outlive the browser:
// what is being written stays with the browser tab; history, theme and panel sizes stay for good.
export const storage = {
  getItem: (key) => shelf(key).getItem(key),
  setItem: (key, value) => shelf(key).setItem(key, value),
  removeItem: (key) => shelf(key).removeItem(key),
  clear() {
    for (const kept of [sessionStorage, localStorage]) {
      for (const key of Object.keys(kept)) if (key.startsWith("graphiql:")) kept.removeItem(key);
    }
  },
  get length() {
    return Object.keys(localStorage).length;
  },
};

/** Fill one tab per operation, unless this browser tab has its own already. */
export function seed(operations, { again = false } = {}) {
  if (operations.length === 0 || (!again && sessionStorage.getItem("graphiql:tabState"))) return;
  const tabs = operations.map(({ name, query, variables }, index) => ({
    id: `start-${index}`,
    title: name,
    query,
    variables: JSON.stringify(variables, null, 2),
    headers: null,
    operationName: name,
    response: null,
  }));
  sessionStorage.setItem("graphiql:tabState", JSON.stringify({ activeTabIndex: 0, tabs }));
  // GraphiQL finds the open tab again by these two.
  sessionStorage.setItem("graphiql:query", tabs[0].query);
  sessionStorage.setItem("graphiql:variables", tabs[0].variables);
  sessionStorage.removeItem("graphiql:headers");
  sessionStorage.removeItem(APPLIED);
}

/** The default headers of a new tab. */
export function headersOf(token) {
  return token ? JSON.stringify({ Authorization: bearer(token) }, null, 2) : "";
}

function swap(text, before, after) {
  let headers;
  try {
    headers = JSON.parse(text?.trim() || "{}");
  } catch {
    return text; // being typed right now: leave it alone
  }
  const key = Object.keys(headers).find((name) => name.toLowerCase() === "authorization") ?? "Authorization";
  // A header that somebody wrote by hand is theirs.
  if (headers[key] && headers[key] !== before) return text;
  if (after) headers[key] = after;
  else delete headers[key];
  return Object.keys(headers).length ? JSON.stringify(headers, null, 2) : "";
}

function remember(after) {
  if (after) sessionStorage.setItem(APPLIED, after);
  else sessionStorage.removeItem(APPLIED);
}

/** Put the session's token into tabs that are kept but not shown yet: not even the schema is read with an old one. */
export function prepare(token) {
  const kept = sessionStorage.getItem("graphiql:tabState");
  if (!kept) return;
  const before = sessionStorage.getItem(APPLIED);
  const after = token ? bearer(token) : null;
  const state = JSON.parse(kept);
  for (const tab of state.tabs) tab.headers = swap(tab.headers, before, after);
  sessionStorage.setItem("graphiql:tabState", JSON.stringify(state));
  sessionStorage.setItem("graphiql:headers", swap(sessionStorage.getItem("graphiql:headers"), before, after));
  remember(after);
}

/** Put the session's token into the headers of every tab, in place of the one it had before. */
export function authorize(token, { tabs, activeTabIndex, headerEditor }) {
  const before = sessionStorage.getItem(APPLIED);
  const after = token ? bearer(token) : null;
  tabs.forEach((tab, index) => {
    // GraphiQL has no action for a tab that is not open; it reads the object again when it opens.
    if (index !== activeTabIndex) tab.headers = swap(tab.headers, before, after);
  });
  const text = headerEditor.getValue();
  const changed = swap(text, before, after);
  if (changed !== text) headerEditor.setValue(changed);
  remember(after);
}
