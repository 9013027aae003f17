import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";

const BUDGET_KB = 500; // all JavaScript of the page, gzipped

function scriptBudget(): Plugin {
  return {
    name: "script-budget",
    apply: "build",
    writeBundle(_options, bundle) {
      const scripts = Object.values(bundle).filter((file) => file.type === "chunk");
      const bytes = scripts.reduce((sum, file) => sum + gzipSync(file.code).length, 0);
      const kilobytes = Math.round(bytes / 1000);
      console.log(`JavaScript: ${kilobytes} kB gzipped, at most ${BUDGET_KB}`);
      if (kilobytes > BUDGET_KB) throw new Error(`JavaScript is over ${BUDGET_KB} kB gzipped`);
    },
  };
}

// What is built for the package is served as it lies there (server/page.py), so it lies there packed.
function packed(): Plugin {
  return {
    name: "packed",
    apply: (config, { command }) => command === "build" && config.mode !== "demo",
    writeBundle(options, bundle) {
      for (const name of Object.keys(bundle).filter((each) => /\.(js|css)$/.test(each))) {
        const path = join(options.dir ?? "", name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
        rmSync(path);
      }
    },
  };
}

// A relative base: the page works under any prefix that a proxy puts before it.
export default defineConfig({
  base: "./",
  plugins: [react(), scriptBudget(), packed()],
  build: {
    outDir: "../src/api_performance/server/static",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // light-dark() in styles/tokens.css
    assetsInlineLimit: 0, // the content-security policy allows no data: addresses
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    proxy: process.env.API_PERFORMANCE_ADDRESS
      ? { "/api": { target: `${process.env.API_PERFORMANCE_ADDRESS}/performance`, ws: true } }
      : {},
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
