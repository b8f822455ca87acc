// How the explorer page is built: `npm ci && npm run build` writes ../static, which is committed.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";

const FONTS = ["@fontsource/fira-code", "@fontsource/roboto"];

/**
 * Leave out what the page has no use for: 34 fonts embedded in GraphiQL's stylesheet (src/style.css
 * names the three we serve) and a link to another site in an error message.
 */
function lean() {
  return {
    name: "lean",
    enforce: "pre",
    transform(code, id) {
      if (id.endsWith("graphiql/dist/style.css")) return code.replace(/@font-face\s*\{[^}]*\}/g, "");
      if (id.endsWith("graphql/jsutils/instanceOf.mjs")) return code.replace(/^https:.*\n/gm, "");
      return null;
    },
  };
}

/** Write the licences of every package that ended up in the bundle, equal texts once. */
function licences() {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const folders = new Set([...FONTS, "graphiql"].map((name) => join(import.meta.dirname, "node_modules", name)));
      for (const module of Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}))) {
        const found = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module.split("?")[0]);
        if (found) folders.add(found[1]);
      }
      const texts = new Map();
      for (const folder of [...folders].sort()) {
        const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
        const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
        texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`]);
      }
      const parts = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}`.trim());
      const source = `${parts.join(`\n\n${"-".repeat(78)}\n\n`)}\n`;
      this.emitFile({ type: "asset", fileName: "LICENSES.txt", source });
    },
  };
}

export default defineConfig({
  base: "/graphiql/",
  plugins: [lean(), licences()],
  esbuild: { jsx: "automatic", legalComments: "none" },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    modulePreload: false,
    // Two files instead of forty: what opens with the page, and the formatter behind its button.
    rollupOptions: {
      output: { manualChunks: (id) => (id.includes("/prettier/") ? "prettier" : "explorer") },
      onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning),
    },
    target: "es2022",
  },
});
