// The explorer page: GraphiQL with the sign-in strip above it and documented operations in its tabs.
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { useEditorContext } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { fetcher } from "./fetcher.js";
import { current, heard, restore, useSession } from "./session.js";
import { Strip } from "./strip.jsx";
import { authorize, headersOf, prepare, seed, storage } from "./tabs.js";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./style.css";

const NEW_TAB = "# Ctrl-Space completes, Ctrl-Enter runs, the book on the left explains the schema.\n\n";
const send = fetcher(heard);
const plugins = [explorerPlugin({ showAttribution: false })];

/** Tidy the operation without losing its comments. */
async function prettify(query) {
  const [prettier, graphql] = await Promise.all([import("prettier/standalone"), import("prettier/plugins/graphql")]);
  return prettier.format(query, { parser: "graphql", plugins: [graphql] });
}

/** Keep the session's token in the headers editor of every tab, and long lines in sight. */
function Tend() {
  const editor = useEditorContext({ nonNull: true });
  const { queryEditor, variableEditor, headerEditor } = editor;
  const token = useSession().session?.token;
  useEffect(() => {
    for (const each of [queryEditor, variableEditor, headerEditor]) each?.setOption("lineWrapping", true);
  }, [queryEditor, variableEditor, headerEditor]);
  useEffect(() => {
    // Only a new token is news; the tabs change with every keystroke.
    if (headerEditor) authorize(token, editor);
  }, [token, headerEditor]);
  return null;
}

function Page({ start }) {
  const [round, setRound] = useState(0);
  const token = useSession().session?.token;

  function restart() {
    seed(start.operations, { again: true });
    prepare(token);
    setRound(round + 1);
  }

  return (
    <>
      <Strip start={start} restart={restart} />
      <main>
        <GraphiQL
          key={round}
          fetcher={send}
          storage={storage}
          plugins={plugins}
          defaultQuery={NEW_TAB}
          defaultHeaders={headersOf(token)}
          defaultEditorToolsVisibility="variables"
          onPrettifyQuery={prettify}
          shouldPersistHeaders
          showPersistHeadersSettings={false}
        >
          <GraphiQL.Footer>
            <Tend />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  );
}

const [start] = await Promise.all([fetch("/graphiql/start.json").then((response) => response.json()), restore()]);
seed(start.operations);
prepare(current()?.token);
createRoot(document.getElementById("page")).render(<Page start={start} />);
