"""mergeq as a process of its own on the sample monorepo, and the calls that the demo makes."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

TERMINAL = {"landed", "rejected", "cancelled", "superseded"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_configuration(directory, port, slots):
    """mergeq.toml beside the repository, with the checks and targets that the monorepo came with."""
    read = lambda name: json.loads((directory / name).read_text())
    toml = lambda value: json.dumps(value, ensure_ascii=False)
    lines = [
        "[server]",
        f'listen = "127.0.0.1:{port or free_port()}"',
        'database = "sqlite:mergeq.db"',
        'data_directory = "data"',
        "",
        "[auth]",
        'anonymous = "admin"',
        "",
        "[[queue]]",
        'name = "main"',
        f"repository = {toml(str(directory / 'monorepo.git'))}",
        'branch = "main"',
        f"slots = {slots}",
        'global_paths = ["ci/**", "tools/**"]',
    ]
    for check in read("checks.json"):
        lines += ["", "[[queue.check]]"] + [f"{key} = {toml(value)}" for key, value in check.items()]
    for target in read("targets.json"):
        lines += ["", "[[queue.target]]"] + [f"{key} = {toml(value)}" for key, value in target.items()]
    lines += ["", "[queue.runner]", 'kind = "local"']
    lines += ['pass_environment = ["PATH", "LANG", "TZ", "MONOREPO_PACE", "MONOREPO_CACHE"]', ""]
    path = directory / "mergeq.toml"
    path.write_text("\n".join(lines))
    return path


class Server:
    """`mergeq serve`, ended when the block is left."""

    def __init__(self, executable, directory, configuration, pace):
        self.executable = executable.resolve()
        self.directory = directory
        self.configuration = configuration
        listen = configuration.read_text().split('listen = "', 1)[1].split('"', 1)[0]
        self.url = f"http://{listen}"
        self.environment = dict(os.environ, MONOREPO_PACE=str(pace), MONOREPO_CACHE=str(directory / "cache"))
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        log = open(self.directory / "serve.log", "ab")
        self.process = subprocess.Popen(
            [self.executable, "serve", "--config", self.configuration],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=self.environment,
        )
        log.close()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise SystemExit(f"mergeq serve ended:\n{(self.directory / 'serve.log').read_text()}")
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("mergeq serve did not get ready within 20 s")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def call(self, method, path, body=None):
        """The answer as JSON; SystemExit with the problem's own words if there is one."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.code}: {error.read().decode(errors='replace')}") from error

    def all(self, what):
        """Every item of a list of the queue, newest first."""
        items, cursor = [], ""
        while True:
            page = self.call("GET", f"/queues/main/{what}?limit=100{cursor}")
            items += page["items"]
            if not page["next_cursor"]:
                return items
            cursor = f"&cursor={page['next_cursor']}"
