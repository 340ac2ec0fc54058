#!/usr/bin/env python3
"""The tidy rules can fail: each one on a small file that breaks it, and not on one that keeps it."""
import unittest

import tidy


def lines(name, text):
    return [line for line, _ in tidy.findings_of(name, text)]


class Rules(unittest.TestCase):
    def test_a_folder_sees_only_what_stands_below_it(self):
        self.assertEqual(lines("scheduler/a.cpp", '#include "scheduler/b.h"\n#include "vcs/c.h"\n'), [2])
        self.assertEqual(lines("service/a.cpp", '#include "api/server.h"\n'), [1])
        self.assertEqual(lines("sim/a.cpp", '#include "storage/journal.h"\n'), [1])
        self.assertEqual(lines("cli/a.cpp", '#include "api/server.h"\n#include "sim/command.h"\n'), [])
        self.assertEqual(lines("vcs/a.cpp", '#include "git.h"\n'), [1])

    def test_libraries_stay_in_the_folder_that_owns_them(self):
        self.assertEqual(lines("vcs/git.cpp", "#include <git2.h>\n"), [])
        self.assertEqual(lines("service/a.cpp", "#include <git2.h>\n"), [1])
        self.assertEqual(lines("api/a.cpp", "#include <soci/soci.h>\n"), [1])
        self.assertEqual(lines("tests/api/a.cpp", "#include <httplib.h>\n"), [])
        self.assertEqual(lines("service/a.cpp", "#include <httplib.h>\n"), [1])

    def test_a_function_ends_after_70_lines(self):
        def function(count):
            return "namespace mergeq {\nint f(int a) {\n" + "  ++a;\n" * (count - 2) + "}\n}\n"

        self.assertEqual(lines("scheduler/a.cpp", function(70)), [])
        self.assertEqual(lines("scheduler/a.cpp", function(71)), [2])
        braces = "void f() {\n  auto s = \"{\";  // {\n  char c = '{';\n}\n" + "int a;\n" * 80
        self.assertEqual(lines("scheduler/a.cpp", braces), [])
        self.assertEqual(lines("scheduler/a.cpp", "struct A {\n" + "  int a;\n" * 80 + "};\n"), [])

    def test_files_and_lines_have_their_limits(self):
        self.assertEqual(lines("scheduler/a.cpp", "int a;\n" * 600), [])
        self.assertEqual(lines("scheduler/a.cpp", "int a;\n" * 601), [601])
        self.assertEqual(lines("scheduler/a.cpp", "//" + "x" * 99 + "\n"), [1])
        self.assertEqual(lines("scheduler/README.md", "x\n" * 31), [31])
        self.assertEqual(lines("docs/decisions/0001-x.md", "x\n" * 41), [41])

    def test_words_that_nobody_wants(self):
        self.assertEqual(lines("cli/a.cpp", "// TO" "DO: later\n// TO" "DO(#12): then\n"), [1])
        self.assertEqual(lines("cli/a.cpp", "// FIX" "ME\n"), [1])
        self.assertEqual(lines("docs/a.md", "see /ho" "me/me/x\nsee https://a/ho" "me/me\n"), [1])
        self.assertEqual(lines("tests/api/a.cpp", "std::this_thread::sleep_for(1s);\n"), [1])
        self.assertEqual(lines("cli/utils.cpp", ""), [1])

    def test_headers_are_read_once(self):
        self.assertEqual(lines("cli/a.h", "int a;\n"), [1])
        self.assertEqual(lines("cli/a.h", "#pragma once\nint a;\n"), [])

    def test_a_folder_without_readme_is_named(self):
        self.assertEqual([n for n, _, _ in tidy.folder_findings({"cli/a.cpp", "cli/README.md", "vcs/a.cpp"})],
                         ["vcs/README.md"])


if __name__ == "__main__":
    unittest.main()
