// Builds the dashboard and turns the built files into C++: build/web/{dist/,assets_table.cpp}.
//
//   node scripts/build.mjs [--only-types] [--depfile FILE]
//
// Does only what is needed: `npm ci` when package-lock.json changed, types when api/openapi.yaml did,
// the build when any input did. The outputs do not depend on the CMake preset; whoever runs this twice
// at a time holds a lock around it (web/CMakeLists.txt does).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { embed } from "./embed.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(web, "..", "build", "web");
const openapi = join(web, "..", "api", "openapi.yaml");
const schema = join(web, "src", "api", "schema.ts");
const table = join(out, "assets_table.cpp");

const hash = (...parts) => parts.reduce((h, p) => h.update(p).update("\0"), createHash("sha256")).digest("hex");
const stamped = (stamp, value) => existsSync(stamp) && readFileSync(stamp, "utf8") === value;

function run(program, ...args) {
  execFileSync(program, args, { cwd: web, stdio: ["ignore", "inherit", "inherit"] });
}
const tool = (path, ...args) => run(process.execPath, join(web, "node_modules", path), ...args);

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** What the build reads, sorted. */
function inputs() {
  const fixed = ["package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "index.html",
    "scripts/build.mjs", "scripts/embed.mjs"];
  const sources = filesUnder(join(web, "src")).filter((path) => path !== schema && !/\.test\.tsx?$/.test(path));
  return [...fixed.map((name) => join(web, name)), ...sources, openapi].sort();
}

function install() {
  const stamp = join(web, "node_modules", ".installed-from"); // npm ci removes it with the folder
  const wanted = hash(readFileSync(join(web, "package-lock.json")), process.version);
  if (stamped(stamp, wanted)) return;
  run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error");
  writeFileSync(stamp, wanted);
}

function generateTypes() {
  const wanted = hash(readFileSync(openapi), readFileSync(join(web, "package-lock.json")));
  const stamp = join(web, "node_modules", ".types-from");
  if (existsSync(schema) && stamped(stamp, wanted)) return;
  tool("openapi-typescript/bin/cli.js", openapi, "-o", schema, "--immutable");
  writeFileSync(stamp, wanted);
}

function build() {
  const files = inputs();
  const wanted = hash(...files.flatMap((path) => [relative(web, path), readFileSync(path)]));
  const stamp = join(out, ".built-from");
  if (!existsSync(table) || !stamped(stamp, wanted)) {
    tool("typescript/bin/tsc", "--noEmit");
    tool("vite/bin/vite.js", "build", "--logLevel", "warn");
    embed(join(out, "dist"), table);
    writeFileSync(stamp, wanted);
  }
  const now = new Date();
  utimesSync(table, now, now);
  return files;
}

/** `a\ b: c d`, as make and ninja read it. */
function writeDepfile(path, files) {
  const escaped = (name) => name.replaceAll(" ", "\\ ");
  writeFileSync(path, `${escaped(table)}: ${files.map(escaped).join(" \\\n  ")}\n`);
}

const depfile = process.argv.includes("--depfile") ? process.argv[process.argv.indexOf("--depfile") + 1] : undefined;
mkdirSync(out, { recursive: true });
install();
generateTypes();
if (!process.argv.includes("--only-types")) {
  const files = build();
  if (depfile) writeDepfile(depfile, files);
}
