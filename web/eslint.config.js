import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const only_api_fetches = ["fetch", "EventSource", "XMLHttpRequest", "WebSocket", "SharedWorker"].map(
  (name) => ({ name, message: "Only src/api/ speaks to the server." }),
);

export default tseslint.config(
  { ignores: ["src/api/schema.ts", "eslint.config.js", "scripts/**"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: ["./tsconfig.json", "./tsconfig.node.json"] } },
    plugins: { "react-hooks": reactHooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "no-restricted-globals": ["error", ...only_api_fetches],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 120],
    },
  },
  { files: ["src/api/**"], rules: { "no-restricted-globals": "off" } },
  { files: ["**/*.test.{ts,tsx}"], rules: { "max-lines-per-function": "off" } },
  {
    // Props and markup: nothing may put foreign text into the page as markup.
    files: ["**/*.tsx"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: "Foreign text is shown as text.",
        },
        {
          selector: "JSXAttribute[name.name='href'] > JSXExpressionContainer > TemplateLiteral",
          message: "Use <ExternalLink> or an URL made in src/api/.",
        },
      ],
    },
  },
);
