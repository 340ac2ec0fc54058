"""The sources of the sample monorepo: shared libraries, schemas and services in four languages."""

SCHEMAS = {
    "order": ["Order", ("id", "string"), ("total", "int"), ("note", "string"), ("paid", "bool")],
    "customer": ["Customer", ("id", "string"), ("name", "string"), ("vip", "bool")],
    "invoice": ["Invoice", ("id", "string"), ("cents", "int"), ("due", "int")],
    "parcel": ["Parcel", ("id", "string"), ("weight", "int"), ("express", "bool")],
    "refund": ["Refund", ("id", "string"), ("cents", "int"), ("reason", "string")],
    "session": ["Session", ("id", "string"), ("started", "int"), ("mobile", "bool")],
}

LANGUAGES = {
    "java": {"suffix": ".java", "prefix": "jv"},
    "kotlin": {"suffix": ".kt", "prefix": "kt"},
    "swift": {"suffix": ".swift", "prefix": "sw"},
    "python": {"suffix": ".py", "prefix": "py"},
}

SERVICES = {
    "java": ["billing", "ledger", "payouts", "pricing", "tax", "vouchers", "rates"],
    "kotlin": ["checkout", "basket", "catalog", "search", "stock", "reviews", "wishlist"],
    "swift": ["app", "login", "push", "receipt", "scanner", "settings", "widgets"],
    "python": ["mail", "reports", "fraud", "exports", "labels", "routing", "audits"],
}

MODULES = ["intake", "rules", "totals", "limits", "messages", "history", "views"]

LIBRARIES = {
    "java": {
        "Money": """package libs;

/** Amounts in cents. */
public final class Money {
    public static long add(long a, long b) { return Math.addExact(a, b); }
    public static long roundUp(long cents, long step) { return (cents + step - 1) / step * step; }
    public static String format(long cents) { return cents / 100 + "." + cents % 100; }
}
""",
        "Text": """package libs;

/** Words for people. */
public final class Text {
    public static String title(String words) { return words.strip(); }
    public static String join(String a, String b) { return a + " " + b; }
}
""",
    },
    "kotlin": {
        "Money": """package libs

/** Amounts in cents. */
object Money {
    fun add(a: Long, b: Long): Long = Math.addExact(a, b)
    fun share(cents: Long, percent: Long): Long = cents * percent / 100
    fun format(cents: Long): String = "${cents / 100}.${cents % 100}"
}
""",
        "Text": """package libs

/** Words for people. */
object Text {
    fun title(words: String): String = words.trim()
    fun join(a: String, b: String): String = "$a $b"
}
""",
    },
    "swift": {
        "Money": """/// Amounts in cents.
public enum Money {
    public static func add(_ a: Int, _ b: Int) -> Int { a + b }
    public static func share(_ cents: Int, _ percent: Int) -> Int { cents * percent / 100 }
    public static func format(_ cents: Int) -> String { "\\(cents / 100).\\(cents % 100)" }
}
""",
        "Text": """/// Words for people.
public enum Text {
    public static func title(_ words: String) -> String { words }
    public static func join(_ a: String, _ b: String) -> String { a + " " + b }
}
""",
    },
    "python": {
        "money": '''"""Amounts in cents."""


def add(a, b):
    return a + b


def share(cents, percent):
    return cents * percent // 100


def show(cents):
    return f"{cents // 100}.{cents % 100:02d}"
''',
        "text": '''"""Words for people."""


def title(words):
    return words.strip().capitalize()


def join(a, b):
    return f"{a} {b}"
''',
    },
}

LIBRARY_TEST = '''import unittest

import money
import text


class LibraryTest(unittest.TestCase):
    def test_amounts_add_up(self):
        self.assertEqual(money.add(150, 250), 400)

    def test_a_share_is_rounded_down(self):
        self.assertEqual(money.share(199, 50), 99)

    def test_amounts_are_shown_with_two_digits(self):
        self.assertEqual(money.show(1205), "12.05")

    def test_titles_begin_with_a_capital(self):
        self.assertEqual(text.title(" due soon "), "Due soon")
'''


def class_name(service, module):
    return service.title() + module.title()


def java(service, module, number):
    name = class_name(service, module)
    return f"""package {service};

import generated.Order;
import libs.Money;
import libs.Text;

/** The {module} of {service}. */
public final class {name} {{
    private static final long STEP = {5 + number};

    public long charge(Order order) {{
        return Money.add(order.total(), STEP);
    }}

    public String label(Order order) {{
        return Text.join(Text.title("{service} {module}"), order.id());
    }}
}}
"""


def kotlin(service, module, number):
    name = class_name(service, module)
    return f"""package {service}

import generated.Customer
import libs.Money
import libs.Text

/** The {module} of {service}. */
class {name} {{
    private val percent = {10 + number}L

    fun discount(customer: Customer, cents: Long): Long =
        if (customer.vip) Money.share(cents, percent) else 0

    fun label(customer: Customer): String = Text.join(Text.title("{service} {module}"), customer.name)
}}
"""


def swift(service, module, number):
    name = class_name(service, module)
    return f"""/// The {module} of {service}.
public struct {name} {{
    private let percent = {number + 3}

    public func shown(_ invoice: Invoice) -> String {{
        Text.join(Text.title("{service} {module}"), Money.format(invoice.cents))
    }}

    public func fee(_ invoice: Invoice) -> Int {{
        Money.share(invoice.cents, percent)
    }}
}}
"""


def python(service, module, number):
    return f'''"""The {module} of {service}."""

import money
import text
from parcel import Parcel

PERCENT = {number + 4}


def fee(parcel):
    return money.share(parcel.weight * 10, PERCENT) + (500 if parcel.express else 0)


def label(parcel):
    return text.join(text.title("{service} {module}"), parcel.id)


def sample():
    return Parcel(id="p-{number}", weight={100 * (number + 1)}, express=False)
'''


def python_test(service, module):
    return f'''import unittest

from {service} import {module}


class {class_name(service, module)}Test(unittest.TestCase):
    def test_an_express_parcel_costs_more(self):
        parcel = {module}.sample()
        express = type(parcel)(id=parcel.id, weight=parcel.weight, express=True)
        self.assertEqual({module}.fee(express) - {module}.fee(parcel), 500)

    def test_its_label_names_the_parcel(self):
        self.assertTrue({module}.label({module}.sample()).endswith({module}.sample().id))
'''


RENDER = {"java": java, "kotlin": kotlin, "swift": swift, "python": python}


def path_of(language, service, module):
    """Where a module's source stands, from the root of the repository."""
    folder = f"services/{LANGUAGES[language]['prefix']}-{service}"
    if language == "python":
        return f"{folder}/{service}/{module}.py"
    return f"{folder}/src/{class_name(service, module)}{LANGUAGES[language]['suffix']}"


def files():
    """The whole tree as {path: text}, without ci/, tools/ and what tools/generate.py makes."""
    tree = {"README.md": "# Sample monorepo\n\nServices in four languages, shared libraries, an API schema.\n"}
    for stem, (name, *fields) in SCHEMAS.items():
        members = ",\n".join(f'    {{"name": "{field}", "type": "{kind}"}}' for field, kind in fields)
        tree[f"schema/{stem}.json"] = f'{{\n  "name": "{name}",\n  "fields": [\n{members}\n  ]\n}}\n'
    for language, libraries in LIBRARIES.items():
        for name, text in libraries.items():
            tree[f"libs/{language}/{name}{LANGUAGES[language]['suffix']}"] = text
    tree["libs/python/tests/__init__.py"] = ""
    tree["libs/python/tests/test_library.py"] = LIBRARY_TEST
    for language, services in SERVICES.items():
        for service in services:
            folder = f"services/{LANGUAGES[language]['prefix']}-{service}"
            tree[f"{folder}/README.md"] = f"# {service}\n\nWritten in {language.title()}.\n\nOwner: team {service}\n"
            for number, module in enumerate(MODULES):
                tree[path_of(language, service, module)] = RENDER[language](service, module, number)
            if language == "python":
                tree[f"{folder}/{service}/__init__.py"] = ""
                tree[f"{folder}/tests/__init__.py"] = ""
                for module in MODULES[:3]:
                    tree[f"{folder}/tests/test_{module}.py"] = python_test(service, module)
    # The two places that call what somebody is about to rename or to remove.
    charge = tree[path_of("java", "pricing", "totals")]
    tree[path_of("java", "pricing", "totals")] = charge.replace(
        "Money.add(order.total(), STEP)", "Money.roundUp(order.total(), STEP)"
    )
    label = tree[path_of("java", "ledger", "messages")]
    tree[path_of("java", "ledger", "messages")] = label.replace("order.id()", "order.note()")
    return tree


def targets():
    """The target rules for mergeq.toml: what each folder depends on."""
    rules = [{"name": "schema", "paths": ["schema/**"], "depends_on": []}]
    for language, services in SERVICES.items():
        prefix = LANGUAGES[language]["prefix"]
        rules.append({"name": f"generated-{language}", "paths": [f"generated/{language}/**"], "depends_on": ["schema"]})
        rules.append({"name": f"lib-{language}", "paths": [f"libs/{language}/**"], "depends_on": []})
        for service in services:
            needs = [f"lib-{language}", f"generated-{language}"]
            folder = f"services/{prefix}-{service}"
            rules.append({"name": f"{prefix}-{service}", "paths": [f"{folder}/**"], "depends_on": needs})
    return rules
