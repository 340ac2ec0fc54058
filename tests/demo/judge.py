"""Whether the demo went as it should: outcomes, the trunk's states, the audit."""

import collections
import datetime
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import make_monorepo
from server import TERMINAL


def outcomes(listed, ids, changes):
    """What each change should have become, against what it is. Sentences, one for each that differs."""
    by_id = {c["id"]: c for c in changes}
    wrong, groups = [], collections.defaultdict(list)
    for one in listed:
        change = by_id.get(ids.get(one["number"]))
        if not change:
            wrong.append(f"{one['title']}: lost")
            continue
        label = f"{change['id']} ({one['title']})"
        if change["state"] not in TERMINAL:
            wrong.append(f"{label}: still {change['state']}")
        elif one["expect"] == "one_of":
            groups[one["group"]].append((one, change))
        elif change["state"] != one["expect"]:
            wrong.append(f"{label}: expected {one['expect']}, is {change['state']}: {change['reason_text']}")
        elif one["expect"] == "rejected" and change["reason"] not in one["reason"]:
            wrong.append(f"{label}: expected reason {one['reason']}, got {change['reason']}")
    for group, members in groups.items():
        states = sorted(change["state"] for _, change in members)
        if len(members) == 2 and states != ["landed", "rejected"]:
            wrong.append(f"pair {group}: expected one to land and one to be rejected, got {states}")
        for one, change in members:
            if change["state"] == "rejected" and change["reason"] not in one["reason"]:
                wrong.append(f"{change['id']}: expected reason {one['reason']}, got {change['reason']}")
    return wrong


def git(directory, *arguments):
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "GIT_CONFIG_GLOBAL": "/dev/null"}
    run = subprocess.run(
        ["git", *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def landed_states(repository):
    """The commits that the trunk was moved to, oldest first: those whose note is not `within` another."""
    commits = git(repository, "rev-list", "--first-parent", "--reverse", "main").splitlines()[1:]
    states = []
    for commit in commits:
        note = json.loads(git(repository, "notes", "--ref=mergeq", "show", commit))
        if "within" not in note:
            states.append(commit)
    return states


def failing(clone, commit):
    """Names of the checks that fail on this commit, after their retries."""
    git(clone, "checkout", "-q", "-f", "--detach", commit)
    git(clone, "clean", "-q", "-ffdx")
    environment = dict(os.environ, MONOREPO_CACHE=str(clone.parent / "judge-cache"))
    environment.pop("MONOREPO_PACE", None)
    failed = []
    for check in make_monorepo.CHECKS:
        command = [c for c in check["command"] if c != "{targets}"]
        for _ in range(1 + check["retries"]):
            run = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True)
            if run.returncode == 0:
                break
        else:
            failed.append(f"{check['name']}: {run.stdout.strip()[-300:]}")
    return failed


def trunk_states(directory):
    """Runs the checks again on every state of the trunk, from clean clones."""
    repository = directory / "monorepo.git"
    states = landed_states(repository)
    clones = []
    for number in range(2):
        clone = directory / f"judge-{number}"
        git(directory, "clone", "-q", str(repository), str(clone))
        clones.append(clone)
    print(f"judging {len(states)} states of the trunk from clean clones", flush=True)

    def judge(number):
        return [(c, failing(clones[number], c)) for c in states[number::2]]

    with ThreadPoolExecutor(2) as pool:
        results = [row for rows in pool.map(judge, range(2)) for row in rows]
    if not states:
        return ["the trunk never moved"]
    return [f"trunk at {commit[:12]} is red: {'; '.join(failed)}" for commit, failed in results if failed]


def audit(executable, configuration):
    run = subprocess.run([executable, "audit", "--config", configuration], capture_output=True, text=True)
    print("audit: " + (run.stdout + run.stderr).strip())
    return [] if run.returncode == 0 else [f"mergeq audit ended with exit code {run.returncode}"]


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))] if values else 0.0


def summary(changes, builds, elapsed):
    states = collections.Counter(c["state"] for c in changes)
    reasons = collections.Counter(c["reason"] for c in changes if c["state"] == "rejected")
    at = lambda change, key: datetime.datetime.fromisoformat(change[key].replace("Z", "+00:00"))
    waits = [(at(c, "finished_at") - at(c, "enqueued_at")).total_seconds() for c in changes if c["state"] == "landed"]
    verdicts = collections.Counter(b["state"] for b in builds)
    print(f"\n{len(changes)} changes in {elapsed:.0f} s: " + ", ".join(f"{n} {s}" for s, n in states.most_common()))
    print("rejected because of: " + ", ".join(f"{r} {n}" for r, n in reasons.most_common()))
    print(f"turnaround of the landed: P50 {quantile(waits, 0.5):.1f} s, P95 {quantile(waits, 0.95):.1f} s")
    print(f"{len(builds)} builds: " + ", ".join(f"{n} {v}" for v, n in verdicts.most_common()))
