"""Real git servers on loopback, started for one test with settings of their own and ended by their pids."""

import getpass
import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BACKEND = "/usr/lib/git-core/git-http-backend"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def await_port(port, process):
    end = time.monotonic() + 15
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"{process.args[0]} ended with {process.returncode}: {Path(process.log).read_text()}")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"{process.args[0]} does not listen")


class Served:
    """A server program in the foreground, with its log."""

    def run(self, directory, command):
        log = directory / f"{Path(command[0]).name}.log"
        with open(log, "ab") as file:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.process.log = log
        await_port(self.port, self.process)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=10)


class HttpServer(Served):
    """Git over smart HTTP with basic authentication: lighttpd before git's own http-backend."""

    def __init__(self, directory, repository, user, password):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/git/{repository.name}"
        (directory / "users").write_text(f"{user}:{password}\n")
        (directory / "lighttpd.conf").write_text(
            f"""server.modules = ("mod_alias", "mod_setenv", "mod_auth", "mod_authn_file", "mod_cgi")
server.document-root = "{directory}"
server.bind = "127.0.0.1"
server.port = {self.port}
server.upload-dirs = ("{directory}")
server.feature-flags += ("server.graceful-shutdown-timeout" => 1)
alias.url = ("/git" => "{BACKEND}")
cgi.assign = ("" => "")
setenv.set-environment = ("GIT_PROJECT_ROOT" => "{repository.parent}", "GIT_HTTP_EXPORT_ALL" => "1",
                          "PATH" => "/usr/bin:/bin")
auth.backend = "plain"
auth.backend.plain.userfile = "{directory}/users"
auth.require = ("/git" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
"""
        )
        self.run(directory, [shutil.which("lighttpd", path="/usr/sbin:/usr/bin"), "-D", "-f", directory / "lighttpd.conf"])


class SshServer(Served):
    """sshd with a host key and one permitted key, both made for this test."""

    def __init__(self, directory, repository):
        self.port = free_port()
        self.url = f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repository}"
        self.key, self.known_hosts = directory / "key", directory / "known_hosts"
        for name in ("key", "host_key", "other_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name], check=True)
        (directory / "authorized_keys").write_text((directory / "key.pub").read_text())
        host_key = " ".join((directory / "host_key.pub").read_text().split()[:2])
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {host_key}\n")
        (directory / "sshd.conf").write_text(
            f"""ListenAddress 127.0.0.1:{self.port}
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""
        )
        if os.geteuid() == 0:  # where no service of the system has made it
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.run(directory, ["/usr/sbin/sshd", "-D", "-e", "-f", directory / "sshd.conf"])


class Proxy:
    """Passes requests on to another port. `spoil` answers 502 to what is pushed, after it was carried out."""

    def __init__(self, target, port=0):
        proxy = self
        self.spoil, self.spoilt = False, 0

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def pass_on(self):
                body = self.read_body()
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "transfer-encoding", "expect")}
                headers["Content-Length"] = str(len(body))
                connection = http.client.HTTPConnection("127.0.0.1", target, timeout=30)
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                status = answer.status
                if proxy.spoil and self.path.endswith("/git-receive-pack") and self.command == "POST" and len(body) > 4:
                    status, content, proxy.spoilt = 502, b"bad gateway", proxy.spoilt + 1
                self.send_response(status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = pass_on

            def read_body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_):
                """A git that was ended in the middle of a request is part of the test."""

        self.server = Quiet(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class SilentServer:
    """Accepts every connection and never says a word."""

    def __init__(self, port=0):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                self.connections.append(self.listener.accept()[0])
            except OSError:
                return

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept, else the port stays taken
        self.listener.close()
        for connection in self.connections:
            connection.close()
