"""The contract's table for people: every rule, whether it is mandatory, and the tests that prove it."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from paver.conformance import suite
from paver.conformance.rules import RULES, Rule

HEAD = """\
# The contract, rule by rule

What a driver must do beside having the right types. Every rule is proved by the conformance kit:
`paver conform --iaas NAME` runs all of them against a driver's target, `--rule NUMBER` one.

A rule without an excuse is mandatory. A rule whose target lacks what it needs is told as *not shown*: that is no
failure, and no proof. This page is made from the rules and the tests, and a test holds it against them.
"""


def proofs() -> dict[int, list[str]]:
    """By rule: `file.py::test`, read from the suite's sources, so that pytest is not needed."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(Path(suite.__path__[0]).glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for number in _numbers(node):
                    found[number].append(f"{path.name}::{node.name}")
    return dict(found)


def table() -> str:
    """The whole page, Markdown."""
    proved = proofs()
    lines = [HEAD]
    for subject in dict.fromkeys(rule.subject for rule in RULES.values()):
        lines += [f"## {subject.capitalize()}", "", "| rule | says | mandatory | the target brings | proved by |"]
        lines += ["|---|---|---|---|---|"]
        lines += [_row(rule, proved.get(rule.number, [])) for rule in RULES.values() if rule.subject == subject]
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _row(rule: Rule, tests: list[str]) -> str:
    mandatory = "yes" if not rule.excused else f"where it declares {', '.join(rule.excused)}"
    named = "<br>".join(f"`{test}`" for test in tests)
    return f"| {rule.number} | {rule.says} | {mandatory} | {rule.needs or 'nothing'} | {named} |"


def _numbers(function: ast.FunctionDef) -> list[int]:
    return [
        argument.value
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "proves"
        for argument in decorator.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    ]
