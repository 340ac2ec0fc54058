// `mergeq serve` on a small repository of its own, with one check that ends when the test says so.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./browser.mjs";

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class RealServer {
  constructor(executable) {
    this.executable = executable;
    this.folder = mkdtempSync(join(tmpdir(), "mergeq-browser-server-"));
    this.repository = join(this.folder, "repository.git");
    this.work = join(this.folder, "work");
  }

  git(...args) {
    const environment = {
      PATH: process.env.PATH, HOME: this.folder, GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Test", GIT_AUTHOR_EMAIL: "test@example.com",
      GIT_COMMITTER_NAME: "Test", GIT_COMMITTER_EMAIL: "test@example.com",
    };
    return execFileSync("git", args, { cwd: this.work, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  async prepare() {
    mkdirSync(this.work);
    this.git("init", "-q", "--bare", "-b", "main", this.repository);
    this.git("init", "-q", "-b", "main", ".");
    writeFileSync(join(this.work, "README"), "a small repository\n");
    this.git("add", ".");
    this.git("commit", "-qm", "first");
    this.git("push", "-q", this.repository, "main");
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}/`;
    const gate = join(this.folder, "gate-");
    writeFileSync(join(this.folder, "mergeq.toml"), `
[server]
listen = "127.0.0.1:${this.port}"
database = "sqlite:mergeq.db"
data_directory = "data"

[auth]
anonymous = "admin"

[[queue]]
name = "main"
repository = "${this.repository}"
branch = "main"
slots = 2

[[queue.check]]
name = "gate"
scope = "tree"
command = ["sh", "-c", "for f in *.txt; do until [ -e ${gate}$f ]; do sleep 0.05; done; grep -q good $f || exit 1; done"]

[queue.runner]
kind = "local"
`);
  }

  /** A branch with one new file; its build waits until open(name). */
  branch(name, content) {
    this.git("checkout", "-q", "-b", name, "main");
    writeFileSync(join(this.work, `${name}.txt`), `${content}\n`);
    this.git("add", ".");
    this.git("commit", "-qm", name);
    this.git("push", "-q", this.repository, name);
  }

  open(name) {
    writeFileSync(join(this.folder, `gate-${name}.txt`), "");
  }

  async start() {
    const log = openSync(join(this.folder, "serve.log"), "a");
    this.process = spawn(this.executable, ["serve", "--config", join(this.folder, "mergeq.toml")], {
      cwd: this.folder, stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    await eventually(async () => {
      if (this.process.exitCode !== null) throw new Error(`serve ended:\n${this.log()}`);
      return (await fetch(`${this.url}readyz`).catch(() => undefined))?.ok;
    }, "the server is ready", 30_000);
  }

  log() {
    const path = join(this.folder, "serve.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  async stop(signal = "SIGTERM") {
    if (!this.process || this.process.exitCode !== null) return;
    this.process.kill(signal);
    await this.ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async call(method, path, body) {
    const response = await fetch(`${this.url}api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  enqueue(name, fields = {}) {
    return this.call("POST", "/queues/main/changes", { head: name, title: `Add ${name}`, author: "mara", ...fields });
  }
}
