// One request to the API: over HTTP, or over a WebSocket when it is a subscription.
import { parse } from "graphql";
import { createClient } from "graphql-ws";

const HTTP = new URL("/graphql", location.href);
const SOCKET = new URL(HTTP);
SOCKET.protocol = HTTP.protocol.replace("http", "ws");

/** Post one query or mutation; answer the response object, whatever its status. */
export async function ask(request, headers = {}) {
  const response = await fetch(HTTP, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
      ...headers,
    },
    body: JSON.stringify(request),
  }).catch(() => {
    throw sentence("The server does not answer. Is it running?");
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw sentence(`The server answered ${response.status} ${response.statusText}: ${text.slice(0, 200)}`);
  }
}

/** Watch one subscription; the headers travel in `connection_init`, as a browser cannot send them. */
function watch(request, headers, heard) {
  return {
    subscribe(observer) {
      // No silent retries: a reconnect would start at "now" and hide what happened in between.
      const client = createClient({ url: SOCKET.href, connectionParams: headers, retryAttempts: 0 });
      const stop = client.subscribe(request, {
        next: (result) => {
          heard(result, headers);
          observer.next(result);
        },
        error: (error) => {
          if (Array.isArray(error)) heard({ errors: error }, headers); // the server's last word
          observer.error(error instanceof CloseEvent ? closed(error) : error);
        },
        complete: () => observer.complete(),
      });
      return {
        unsubscribe() {
          stop();
          client.dispose();
        },
      };
    },
  };
}

function closed({ code, reason }) {
  return sentence(`The connection was closed (${code}${reason ? `: ${reason}` : ""}). Run again to reconnect.`);
}

/** An error that GraphiQL shows as a sentence, without the stack of a minified file. */
function sentence(message) {
  return Object.assign(new Error(message), { stack: undefined });
}

function operations(query) {
  try {
    return parse(query).definitions.filter((each) => each.kind === "OperationDefinition");
  } catch {
    return []; // not valid GraphQL: the server says what is wrong with it
  }
}

/** Make the function GraphiQL calls for everything it sends; `heard` is told of every answer. */
export function fetcher(heard) {
  return ({ operationName, ...request }, { headers } = {}) => {
    const found = operations(request.query);
    // GraphiQL notices a renamed operation a moment late: a name that is not there is not sent.
    const named = found.find((each) => each.name?.value === operationName);
    if (named) request.operationName = operationName;
    if ((named ?? found[0])?.operation === "subscription") return watch(request, headers, heard);
    return ask(request, headers).then((result) => {
      heard(result, headers);
      return result;
    });
  };
}
