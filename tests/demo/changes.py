"""The changes of the demo: what each one edits, and what must become of it.

Every edit is a function from the tree ({path: text}) to the paths that it sets; `None` removes a path.
"""

from sources import LANGUAGES, SERVICES, SCHEMAS, path_of

AUTHORS = ["ana", "bo", "chen", "dara", "eli", "fay"]


def replace(path, old, new):
    def edit(tree):
        assert old in tree[path], f"{path} has no {old!r}"
        return {path: tree[path].replace(old, new)}

    return edit


def write(path, text):
    return lambda tree: {path: text}


def both(*edits):
    def edit(tree):
        changed = {}
        for one in edits:
            changed.update(one({**tree, **changed}))
        return changed

    return edit


def change(title, edit, expect="landed", **more):
    return {"title": title, "edit": edit, "expect": expect, **more}


def fine():
    """Small changes all over, one for each service of a few."""
    numbers = {"java": "STEP = 5", "kotlin": "percent = 10L", "swift": "percent = 3", "python": "PERCENT = 4"}
    better = {"java": "STEP = 10", "kotlin": "percent = 12L", "swift": "percent = 4", "python": "PERCENT = 5"}
    for language, services in SERVICES.items():
        for service in services[2:5]:
            path = path_of(language, service, "intake")
            yield change(f"{service}: better defaults", replace(path, numbers[language], better[language]))
    for service in ("payouts", "catalog", "push", "exports", "vouchers", "basket", "login", "mail", "settings"):
        prefix = next(LANGUAGES[l]["prefix"] for l, all_ in SERVICES.items() if service in all_)
        path = f"services/{prefix}-{service}/README.md"
        yield change(f"{service}: say who is on call", replace(path, "Owner:", "On call: see the rota\n\nOwner:"))
    yield change(
        "fraud: test what a heavy parcel costs",
        write(
            "services/py-fraud/tests/test_history.py",
            "import unittest\n\nfrom fraud import history\n\n\nclass HistoryTest(unittest.TestCase):\n"
            "    def test_weight_counts(self):\n        self.assertGreater(history.fee(history.sample()), 0)\n",
        ),
    )


def broken():
    """Each fails on its own."""
    yield change(
        "reports: round fees (and break a test)",
        replace("services/py-reports/reports/rules.py", "500 if parcel.express", "450 if parcel.express"),
        "rejected",
        reason=["build_failed"],
    )
    yield change(
        "tax: add three amounts at once",
        replace(path_of("java", "tax", "limits"), "Money.add(order.total(), STEP)", "Money.add(order.total(), STEP, 1)"),
        "rejected",
        reason=["build_failed"],
    )
    yield change(
        "refund: keep who asked for it, without generating",
        replace("schema/refund.json", '"reason", "type": "string"}', '"reason", "type": "string"},\n    {"name": "by", "type": "string"}'),
        "rejected",
        reason=["build_failed"],
    )
    yield change(
        "scanner: show amounts with the new formatter",
        replace(path_of("swift", "scanner", "views"), "Money.format", "Money.pretty"),
        "rejected",
        reason=["build_failed"],
    )


def at_odds():
    """Pairs of which only one can land."""
    readme = "services/kt-stock/README.md"
    for number, owner in enumerate(("storage", "logistics")):
        yield change(
            f"stock: now owned by team {owner}",
            replace(readme, "Owner: team stock", f"Owner: team {owner}"),
            "one_of",
            group="owner",
            reason=["conflicts_with_landed", "merge_conflict"],
            number=number,
        )
    yield change(
        "money: roundUp says what it rounds",
        both(
            replace("libs/java/Money.java", "roundUp", "roundUpToStep"),
            replace(path_of("java", "pricing", "totals"), "Money.roundUp", "Money.roundUpToStep"),
        ),
        "one_of",
        group="rename",
        reason=["build_failed"],
    )
    yield change(
        "rates: round up what is charged",
        replace(path_of("java", "rates", "totals"), "Money.add(order.total(), STEP)", "Money.roundUp(order.total(), STEP)"),
        "one_of",
        group="rename",
        reason=["build_failed"],
    )
    yield change(
        "order: drop the note that nobody reads",
        both(
            replace("schema/order.json", '    {"name": "note", "type": "string"},\n', ""),
            replace(path_of("java", "ledger", "messages"), "order.note()", "order.id()"),
        ),
        "one_of",
        group="note",
        reason=["build_failed"],
        generate=True,
    )
    yield change(
        "vouchers: show the order's note",
        replace(path_of("java", "vouchers", "messages"), "order.id()", "order.note()"),
        "one_of",
        group="note",
        reason=["build_failed"],
    )


FLAKY_TEST = '''import os
import unittest
from pathlib import Path

from labels import history


class WarmTest(unittest.TestCase):
    """Passes only when an earlier run has warmed the cache: a flaky test, of a common kind."""

    def test_labels_come_from_the_cache(self):
        cache = Path(os.environ.get("MONOREPO_CACHE", "/tmp/sample-monorepo-cache"))
        if not cache.exists():
            cache.touch()
            self.fail("the cache was cold")
        self.assertIn("Labels", history.label(history.sample()))
'''


def special():
    yield change("labels: test the cache", write("services/py-labels/tests/test_warm.py", FLAKY_TEST), flaky=True)
    yield change(
        "search: try another ranking",
        replace(path_of("kotlin", "search", "views"), "percent = 16L", "percent = 61L"),
        "cancelled",
        action="cancel",
    )
    yield change(
        "routing: charge by weight",
        replace("services/py-routing/routing/totals.py", "money.share(parcel.weight * 10, PERCENT)", "money.part(parcel.weight)"),
        action="revise",
        revised=replace("services/py-routing/routing/totals.py", "parcel.weight * 10", "parcel.weight * 12"),
    )
    audits = "services/py-audits/audits/views.py"
    yield change("audits: a name for the fee", replace(audits, "PERCENT", "FEE_PERCENT"), stack=1)
    yield change("audits: a higher fee", replace(audits, "FEE_PERCENT = 10", "FEE_PERCENT = 11"), stack=2)
    yield change(
        "audits: say what the fee is for",
        replace(audits, '"""The views of audits."""', '"""The views of audits: what an express parcel costs."""'),
        stack=3,
    )
    yield change(
        "wishlist: greet the customer",
        replace(path_of("kotlin", "wishlist", "views"), "customer.name", 'Text.title(customer.name)'),
        priority="high",
    )
    yield change(
        "session: remember the language",
        replace("schema/session.json", '"mobile", "type": "bool"}', '"mobile", "type": "bool"},\n    {"name": "language", "type": "string"}'),
        generate=True,
    )


def interleaved():
    """All of them in a fixed, lively order, each with its author and its number."""
    rows = [list(fine()), list(at_odds()), list(special()), list(broken())]
    order, fines = [], rows[0]
    others = rows[1] + rows[2] + rows[3]
    while fines or others:
        if fines:
            order.append(fines.pop(0))
        if others:
            order.append(others.pop(0))
    for number, one in enumerate(order, start=1):
        one["number"] = number
        one["author"] = AUTHORS[number % len(AUTHORS)]
    return order


assert len(SCHEMAS) == 6
