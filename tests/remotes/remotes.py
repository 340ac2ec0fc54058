#!/usr/bin/env python3
"""Queues on real remotes: lighttpd with git's http-backend, sshd, and file:// with its hooks, all on loopback.

    tests/remotes/remotes.py --mergeq build/dev/mergeq [--only NAME]

Names like O-02 are cases of public fault reports of other merge queues. Exit code 0 only if all is right.
"""

import argparse
import concurrent.futures
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from servers import HttpServer, Proxy, SilentServer, SshServer  # noqa: E402
from world import LINES, SECRET, World, check  # noqa: E402

COUNT = 'echo x >> "$GIT_DIR/pushes"'  # in a hook: counts what comes


def pushes(w):
    path = w.repository / "pushes"
    return len(path.read_text().split()) if path.exists() else 0


def lands_one_after_the_other(w):
    """The whole life of two changes: a by its branch, b by its commit."""
    a = w.enqueue("a")
    first = w.build_of(a)
    w.report(first)
    landed = w.becomes(a, "landed")
    check(w.tip() == landed["landed_commit"], "main is not at the landed commit")
    check(w.git("notes", "--ref=mergeq", "show", "main"), "no certificate beside it")
    b = w.enqueue(w.tip("refs/heads/b"))
    second = w.build_of(b)
    check(second["base"] == landed["landed_commit"], "b was not built on what contains a")
    w.report(second)
    w.becomes(b, "landed")
    w.wait("the refs of both builds to go", lambda: not w.build_refs())
    check(w.git("log", "--merges", "--format=%s", f"{w.start_tip}..main").count("main-1") == 1, "a landed twice")
    w.audit()
    w.has_no_secret()


def by_http(w):
    server = HttpServer(w.directory, w.repository, "robot", SECRET)
    w.ended.append(server)
    w.serve(server.url, 'user = "robot"\ntoken_env = "MERGEQ_TEST_TOKEN"')
    lands_one_after_the_other(w)


def by_ssh(w):
    server = SshServer(w.directory, w.repository)
    w.ended.append(server)
    w.serve(server.url, f'ssh_key_file = "{server.key}"\nknown_hosts_file = "{server.known_hosts}"')
    lands_one_after_the_other(w)


def by_file_with_the_local_runner(w):
    """Workspaces are checked out from the mirror; no build needs a ref on the remote."""
    w.hook("update", 'case $1 in refs/mergeq/*) exit 1;; esac')
    w.serve()
    text = w.server.configuration.read_text()
    text = text.replace('kind = "external"', 'kind = "local"').replace('name = "unit"', 'name = "unit"\ncommand = ["grep", "-q", "a", "f1"]')
    w.server.stop()
    w.server.configuration.write_text(text)
    w.server.start()
    a = w.enqueue("a")
    w.becomes(a, "landed")
    check(w.tip() == w.change(a)["landed_commit"], "main is not at the landed commit")
    w.audit()


def what_a_head_is(w):
    """A branch means what the remote has now, a commit is fetched by its id, another ref by its name."""
    w.serve()
    w.git("update-ref", "refs/pull/12/head", w.tip("refs/heads/b"))
    pull = w.enqueue("refs/pull/12/head")
    check(w.change(pull)["head"] == w.tip("refs/heads/b"), "not the head of the pull request")
    pushed = w.commit("a", {"f9": "new\n"})
    check(w.change(w.enqueue("a"))["head"] == pushed, "not what the branch is now")
    status, problem = w.api("POST", "/queues/main/changes", {"head": "nowhere"})
    check(status == 422 and "nowhere" in problem["detail"], f"{status} {problem}")
    status, problem = w.api("POST", "/queues/main/changes", {"head": "f" * 40})
    check(status == 422, f"{status} {problem}")
    c = w.enqueue("c")
    revised = w.commit("c", {"f8": "more\n"})
    status, document = w.api("PATCH", f"/changes/{c}", {"head": "c"})
    check(status == 200 and document["head"] == revised, f"{status} {document}")


def o01_a_push_that_was_carried_out_is_answered_502(w):
    server = HttpServer(w.directory, w.repository, "robot", SECRET)
    proxy = Proxy(server.port)
    w.ended += [server, proxy]
    w.serve(server.url.replace(f":{server.port}/", f":{proxy.port}/"), 'user = "robot"\ntoken_env = "MERGEQ_TEST_TOKEN"')
    a = w.enqueue("a")
    first = w.build_of(a)
    proxy.spoil = True
    w.report(first)
    landed = w.becomes(a, "landed")
    check(proxy.spoilt >= 1, "no push was answered by 502")
    proxy.spoil = False
    merges = w.git("log", "--merges", "--format=%s", f"{w.start_tip}..main")
    check(merges.count("main-1") == 1, f"merge commits: {merges}")
    b = w.enqueue("b")
    second = w.build_of(b)
    check(w.git("merge-base", "--is-ancestor", landed["landed_commit"], second["base"]) == "", "b lacks a")
    w.report(second)
    w.becomes(b, "landed")
    w.audit()
    w.has_no_secret()


def o01_killed_in_the_moment_that_the_ref_moves(w):
    w.hook("post-receive", 'grep -q refs/heads/main && touch "$GIT_DIR/moved" && sleep 2; exit 0')
    w.serve()
    a = w.enqueue("a")
    w.report(w.build_of(a))
    w.wait("the ref to move", (w.repository / "moved").exists)
    w.server.kill()
    moved = w.tip()
    w.unhook("post-receive")
    w.server.start()
    landed = w.becomes(a, "landed")
    check(landed["landed_commit"] == moved == w.tip(), "it landed twice")
    w.audit()


def o02_a_hook_refuses_the_landing(w):
    w.hook("pre-receive", f'while read o n ref; do case $ref in refs/heads/main) {COUNT}; '
                          'echo "frozen until Monday https://x:y@z/"; exit 1;; esac; done')
    w.serve()
    a, b = w.enqueue("a"), w.enqueue("b")
    first = w.build_of(a)
    w.report(first)
    w.wait("the refusal to be told", lambda: w.problem("landing_refused"))
    check(w.problem("landing_refused")["since"], "no time")
    began = time.monotonic()
    w.wait("three tries", lambda: pushes(w) >= 3)
    check(time.monotonic() - began > 1.5, "no pause between the tries")
    check("frozen until Monday" in w.text_of(a, "timeline"), "the timeline does not quote the hook")
    check("frozen until Monday" in w.text_of(a, "explanation"), "the explanation does not quote the hook")
    check("x:y@" not in w.text_of(a, "timeline"), "credentials in the timeline")
    check(w.change(a)["state"] != "landed" and w.tip() == w.start_tip, "it landed")
    check(w.enqueue("a") == a, "the same head is another change")
    check(w.change(b)["state"] not in ("rejected", "cancelled"), "b was dropped")
    check(pushes(w) < 8, f"{pushes(w)} pushes: a hot loop")
    w.unhook("pre-receive")
    w.becomes(a, "landed")
    check(len([x for x in w.builds() if x["change"] == a]) == 1, "it was built again")
    check(not w.problem("landing_refused"), "the problem stays")
    w.audit()


def o03_refs_of_builds_are_hidden(w):
    w.git("config", "transfer.hideRefs", "refs/mergeq")
    w.serve()
    a = w.enqueue("a")
    problem = w.wait("the problem to be told", lambda: w.problem("build_refs"))
    check("refs/mergeq/builds/main-b1" in problem["text"] and "hidden" in problem["text"], problem["text"])
    w.wait("the slot to be free", lambda: not w.builds("merging", "requested", "running"))
    check(w.queue()["slots"]["used"] == 0, "a slot is held")
    check("requested" not in w.text_of(a, "timeline"), "it shows as requested")
    check("hidden" in w.text_of(a, "explanation"), "the explanation does not say why")
    w.server.stop()
    w.server.start()
    w.wait("the problem after a restart", lambda: w.problem("build_refs"))
    w.git("config", "--unset", "transfer.hideRefs")
    build = w.build_of(a)
    check(not w.problem("build_refs"), "the problem stays")
    w.report(build)
    w.becomes(a, "landed")
    w.wait("no ref to be left", lambda: not w.build_refs())
    w.audit()


def o04_a_hotfix_is_pushed(w):
    w.serve()
    a = w.enqueue("a")
    first = w.build_of(a)
    hotfix = w.commit("main", {"f1": LINES + "fix\n"})
    w.report(first)
    second = w.build_of(a, but=[first["id"]])
    check(second["base"] == hotfix and w.tip() == hotfix, "not built on the hotfix")
    w.report(second)
    w.becomes(a, "landed")
    check(w.git("rev-parse", "main^1") == hotfix, "the hotfix is not below it")
    w.audit()


def o04_a_hotfix_in_conflict_is_pushed(w):
    w.serve()
    a = w.enqueue("a")
    first = w.build_of(a)
    hotfix = w.commit("main", {"f1": "fix\n" + LINES.split("\n", 1)[1]})
    w.report(first)
    check(w.becomes(a, "rejected")["reason"] == "conflicts_with_landed", "another reason")
    check(w.tip() == hotfix, "the hotfix is gone")
    w.audit()


def o04_the_trunk_is_forced_back(w):
    w.serve()
    w.git("update-ref", "refs/heads/old", w.before)
    w.commit("old", {"f0": "old\n"})
    change = w.enqueue("old")
    first = w.build_of(change)
    w.git("update-ref", "refs/heads/main", w.before)
    w.report(first)
    second = w.build_of(change, but=[first["id"]])
    check(second["base"] == w.before and w.tip() == w.before, "the trunk was forced forward")
    w.report(second)
    w.becomes(change, "landed")
    check(w.git("rev-parse", "main^1") == w.before, "not on the forced trunk")


def o04_the_trunk_is_deleted(w):
    w.serve()
    a = w.enqueue("a")
    first = w.build_of(a)
    w.git("update-ref", "-d", "refs/heads/main")
    w.report(first)
    w.wait("the problem to be told", lambda: w.problem("trunk_missing"))
    w.wait("the queue to pause", lambda: w.queue()["paused"])
    check(not w.tip(), "the trunk was made anew")
    check(w.change(a)["state"] not in ("landed", "rejected", "cancelled"), "a was given up")
    w.git("update-ref", "refs/heads/main", w.start_tip)
    w.wait("the trunk to be seen", lambda: not w.problem("trunk_missing"))
    w.api("POST", "/queues/main/resume", {})
    w.becomes(a, "landed")
    w.audit()


def o09_each_build_has_its_own_ref(w):
    w.serve(slots=3)
    a = w.enqueue("a")
    first = w.build_of(a)
    for number in range(6):
        w.commit("b", {"f2": f"{number}\n" + LINES})
        b = w.enqueue("b")
        w.build_of(b)
        w.api("DELETE", f"/changes/{b}")
    w.git("gc", "-q", "--prune=now")
    check(w.tip(first["ref"]) == first["commit"], "the ref of the first build moved")
    check(w.git("cat-file", "-t", first["commit"]) == "commit", "its commit is gone")
    w.wait("the other refs to go", lambda: w.build_refs() == [first["ref"]])
    w.server.kill()
    w.git("update-ref", "refs/mergeq/builds/main-b999", w.start_tip)  # of a build that was over
    w.git("update-ref", "-d", first["ref"])
    w.server.start()
    w.wait("the refs to be put in order", lambda: w.build_refs() == [first["ref"]])
    check(w.tip(first["ref"]) == first["commit"], "the first build has another commit")
    w.report(first)
    w.becomes(a, "landed")
    w.wait("no ref to be left", lambda: not w.build_refs())
    w.audit()


def a_remote_that_is_silent_and_comes_back(w):
    server = HttpServer(w.directory, w.repository, "robot", SECRET)
    proxy = Proxy(server.port)
    w.ended += [server, proxy]
    w.serve(server.url.replace(f":{server.port}/", f":{proxy.port}/"),
            'user = "robot"\ntoken_env = "MERGEQ_TEST_TOKEN"\ntime_limit = "4s"')
    a = w.enqueue("a")
    first = w.build_of(a)
    port = proxy.port
    proxy.stop()
    silent = SilentServer(port)
    w.wait("the problem to be told", lambda: w.problem("remote"))
    check("127.0.0.1" in w.problem("remote")["text"], w.problem("remote")["text"])
    began = time.monotonic()
    check(w.api("GET", "/queues/main")[0] == 200, "the queue does not answer")
    w.report(first)
    check(time.monotonic() - began < 1.5, "the queue waits for the network")
    status, problem = w.api("POST", "/queues/main/changes", {"head": "b"})
    check(status == 503 and "head" in problem["detail"], f"{status} {problem}")
    check(w.change(a)["state"] != "landed" and w.tip() == w.start_tip, "it landed")
    w.server.kill()
    w.server.start()  # with the remote away
    check(w.change(a)["state"] not in ("landed", "rejected", "cancelled"), "a was lost")
    silent.stop()
    back = Proxy(server.port, port)
    w.ended.append(back)
    w.becomes(a, "landed")
    w.wait("the problem to go", lambda: not w.problem("remote"))
    w.audit()
    w.has_no_secret()


def wrong_credentials(w):
    server = HttpServer(w.directory, w.repository, "robot", SECRET)
    w.ended.append(server)
    w.serve(server.url, 'user = "robot"\ntoken_env = "MERGEQ_TEST_TOKEN"')
    a = w.enqueue("a")
    first = w.build_of(a)
    (w.directory / "users").write_text("robot:another\n")
    problem = w.wait("the problem to be told", lambda: w.problem("remote"))
    check("refuses the token of user" in problem["text"] and "robot" in problem["text"], problem["text"])
    w.report(first)
    w.wait("the landing to be refused", lambda: w.problem("landing_refused"))
    check("refuses the token" in w.text_of(a, "timeline"), "the timeline does not say so")
    w.has_no_secret()
    (w.directory / "users").write_text(f"robot:{SECRET}\n")
    w.becomes(a, "landed")
    w.has_no_secret()


def an_unknown_host_key(w):
    server = SshServer(w.directory, w.repository)
    w.ended.append(server)
    server.known_hosts.write_text("")
    check_config(w, server, expected=2, words="Host key verification failed")
    check_config(w, server, more='host_keys = "accept_new"', expected=0, words="good")
    check_config(w, server, key="other_key", expected=2, words="Permission denied")


def check_config(w, server, expected, words, more="", key="key"):
    path = w.directory / "mergeq.toml"
    path.write_text(
        f"""[server]
listen = "127.0.0.1:0"
[auth]
anonymous = "admin"
[[queue]]
name = "main"
repository = "{server.url}"
[queue.remote]
ssh_key_file = "{w.directory / key}"
known_hosts_file = "{server.known_hosts}"
{more}
[[queue.check]]
name = "unit"
[queue.runner]
kind = "external"
"""
    )
    run = subprocess.run([w.mergeq, "check-config", "--config", path], capture_output=True, text=True)
    check(run.returncode == expected and words in run.stdout + run.stderr, f"{run.returncode}: {run.stdout}{run.stderr}")


CASES = [
    a_remote_that_is_silent_and_comes_back, by_http, by_ssh, by_file_with_the_local_runner, what_a_head_is,
    o01_a_push_that_was_carried_out_is_answered_502, o01_killed_in_the_moment_that_the_ref_moves,
    o02_a_hook_refuses_the_landing, o03_refs_of_builds_are_hidden, o04_a_hotfix_is_pushed,
    o04_a_hotfix_in_conflict_is_pushed, o04_the_trunk_is_forced_back, o04_the_trunk_is_deleted,
    o09_each_build_has_its_own_ref, wrong_credentials, an_unknown_host_key,
]


def run(case, mergeq):
    began = time.monotonic()
    try:
        with World(mergeq, case.__name__.split("_")[0]) as w:
            case(w)
        return f"{time.monotonic() - began:5.1f} s  {case.__name__}", None
    except (Exception, SystemExit):
        return f"WRONG    {case.__name__}", traceback.format_exc()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mergeq", required=True, type=Path)
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--jobs", type=int, default=6, help="cases at once: they mostly wait")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only in case.__name__]
    wrong = not cases
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for line, error in pool.map(lambda case: run(case, options.mergeq.resolve()), cases):
            print(line, flush=True)
            if error:
                wrong = True
                print(error, flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
