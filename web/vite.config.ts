import { defineConfig } from "vitest/config";

// JSX goes through esbuild itself: no plugin is needed for a production build.
export default defineConfig({
  esbuild: { jsx: "automatic" },
  build: {
    outDir: "../build/web/dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: URL would need a wider Content-Security-Policy
    modulePreload: { polyfill: false }, // its polyfill is not needed by ES2022 browsers
    reportCompressedSize: false,
    rollupOptions: {
      onwarn: (warning, warn) => {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning); // "use client" means nothing here
      },
    },
  },
  worker: { format: "es" },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
