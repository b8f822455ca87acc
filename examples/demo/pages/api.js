// The API as a page without libraries uses it: requests over HTTP, changes over one WebSocket.

/** Ask for something; answers `data`. Throws what makes the whole request senseless. */
export async function ask(query, variables = {}, token = null) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (!answer.data) throw new Refused(answer.errors?.[0] ?? { message: response.statusText });
  return answer.data;
}

/** A request that was turned away as a whole; `code` is one of docs/protocols.md. */
export class Refused extends Error {
  constructor(error) {
    super(error.message);
    this.code = error.extensions?.code ?? null;
  }
}

/** A key that makes repeating a mutation harmless. */
export function key() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
}

/**
 * Follow a subscription from a cursor on, for good: when the connection drops it is opened again
 * with the cursor of the last change, so that none is missed and none is told twice.
 *
 * `variables` gets `after`. `next` is given what each change selects. `status` is told `live`,
 * `offline` or, when the cursor is worth nothing any more, `expired`: then read again what is shown.
 * Answers a function that ends it.
 */
export function follow({ query, variables, after, token, next, status }) {
  let socket;
  let over = false;
  let pause = 250;
  let timer;
  const open = () => {
    const url = new URL("/graphql", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(url, "graphql-transport-ws");
    const send = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () =>
      send({ type: "connection_init", payload: token ? { authorization: `Bearer ${token}` } : {} });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "ping") send({ type: "pong" });
      if (message.type === "connection_ack") {
        pause = 250;
        send({ id: "1", type: "subscribe", payload: { query, variables: { ...variables, after } } });
        status("live");
      }
      if (message.type === "next") {
        const [change] = Object.values(message.payload.data ?? {});
        if (!change) return;
        after = change.cursor;
        next(change);
      }
      if (message.type === "error") {
        const code = message.payload[0].extensions?.code;
        if (code === "CURSOR_EXPIRED" || code === "BAD_USER_INPUT") {
          end();
          status("expired");
        } else socket.close();
      }
      if (message.type === "complete") socket.close();
    };
    socket.onclose = ({ code }) => {
      if (over) return;
      if (code === 4403) {
        end();
        status("signed-out");
        return;
      }
      status("offline");
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, 10_000);
    };
  };
  const end = () => {
    over = true;
    clearTimeout(timer);
    socket.close();
  };
  open();
  return end;
}
