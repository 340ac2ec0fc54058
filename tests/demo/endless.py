"""Changes that keep coming after the demo's own, made on the trunk as it is, so that the page lives."""

import itertools
import random
import time

from changes import AUTHORS
from sources import SERVICES, path_of
from make_monorepo import Repository

PAUSE_S = 6.0
TUNABLE = {"java": "STEP = ", "kotlin": "percent = ", "swift": "percent = ", "python": "PERCENT = "}


class Author(Repository):
    """A work tree on a clone of the monorepo, for making changes on its present trunk."""

    def __init__(self, where, remote):
        super().__init__(where)
        self.git("remote", "add", "origin", str(remote))
        self.seconds = int(time.time())

    def propose(self, number, dice):
        """Pushes one change on top of the trunk; its ref and title."""
        self.git("fetch", "-q", "origin", "main")
        self.git("checkout", "-q", "-f", "--detach", "FETCH_HEAD")
        language = dice.choice(sorted(SERVICES))
        service = dice.choice(SERVICES[language])
        path = path_of(language, service, dice.choice(["history", "views", "limits"]))
        text = (self.where / path).read_text()
        if dice.random() < 0.15:
            edited = text.replace("Money.add(", "Money.plus(").replace("Money.share(", "Money.part(")
            edited, title = edited.replace("money.share(", "money.part("), f"{service}: use the new names too early"
        else:
            edited = text.replace(TUNABLE[language], TUNABLE[language] + "1", 1)
            title = f"{service}: tune a default"
        self.apply({path: edited})
        author = AUTHORS[number % len(AUTHORS)]
        self.commit(title, author)
        ref = f"refs/heads/change/{number}"
        self.git("push", "-q", "-f", "origin", f"HEAD:{ref}")
        return {"ref": ref, "title": title, "author": author, "number": number}


def keep_coming(server, watch, directory):
    author = Author(directory / "author", directory / "monorepo.git")
    dice = random.Random(1)
    for number in itertools.count(1000):
        one = author.propose(number, dice)
        answer = server.call(
            "POST",
            "/queues/main/changes",
            {"head": one["ref"], "title": one["title"], "author": one["author"], "number": str(number)},
        )
        watch.say(f"  enqueued  {answer['id']:<8} {one['author']:<5} {one['title']}")
        end = time.monotonic() + PAUSE_S
        while time.monotonic() < end:
            watch.look()
            time.sleep(0.5)
