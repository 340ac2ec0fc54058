// Writes the C++ source that holds the built files: bytes by .incbin (quick to compile, whatever their
// size), and the table that web/assets.cpp searches.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { constants, gzipSync } from "node:zlib";

const content_types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".png": "image/png",
};

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function typeOf(path) {
  const type = content_types[extname(path)];
  if (!type) throw new Error(`${path}: no content type known; expected one of ${Object.keys(content_types).join(" ")}`);
  return type;
}

function symbol(name, file) {
  return `__asm__(".section .rodata\\n.global ${name}\\n${name}:\\n.incbin \\"${file}\\"\\n`
    + `.global ${name}_end\\n${name}_end:\\n.byte 0\\n.previous\\n");\n`
    + `extern "C" const char ${name}[];\nextern "C" const char ${name}_end[];\n`;
}

const first_view_limit_bytes = 250 * 1024; // compressed

/** From the files under `dist` to the C++ source `table`. */
export function embed(dist, table) {
  const packed = join(dirname(table), "gzip");
  rmSync(packed, { recursive: true, force: true });
  mkdirSync(packed, { recursive: true });
  let symbols = "";
  let rows = "";
  let sent_bytes = 0;
  filesUnder(dist).sort().forEach((file, i) => {
    const path = `/${relative(dist, file)}`;
    const bytes = readFileSync(file);
    const gzip = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
    sent_bytes += Math.min(gzip.length, bytes.length);
    const name = `mergeq_web_${i}`;
    symbols += symbol(name, file);
    let view_of_gzip = "{}";
    if (gzip.length < bytes.length * 0.9) {
      const gzip_file = join(packed, `${i}.gz`);
      writeFileSync(gzip_file, gzip);
      symbols += symbol(`${name}_gzip`, gzip_file);
      view_of_gzip = `view(${name}_gzip, ${name}_gzip_end)`;
    }
    const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 20);
    rows += `    {"${path}", {view(${name}, ${name}_end), ${view_of_gzip}, "${typeOf(file)}", `
      + `"\\"${etag}\\"", ${path.startsWith("/assets/")}}},\n`;
  });
  if (sent_bytes > first_view_limit_bytes) {
    throw new Error(`the dashboard has ${sent_bytes} bytes compressed; at most ${first_view_limit_bytes} are allowed`);
  }
  writeFileSync(table, `// Made by web/scripts/embed.mjs.
#include "web/embedded.h"

${symbols}
namespace mergeq::web {
namespace {
std::string_view view(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}
const Embedded files[] = {
${rows}};
}  // namespace

std::span<const Embedded> embedded() { return files; }

}  // namespace mergeq::web
`);
}
