"""Files that are made to exhaust a reader are refused, with the line, before they do."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

MIB = 1 << 20


def lines_of_nines() -> str:
    names = "abcdefghi"
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{name}: &{name} [{', '.join([f'*{names[index]}'] * 9)}]" for index, name in enumerate(names[1:])]
    return "\n".join(rows) + "\n"


BOMBS = {
    "a billion laughs": (lines_of_nines(), "there is more here than any spec holds"),
    "deep lists": ("a: " + "[" * 100_000, "nested more than 32 deep"),
    "deep mappings": ("{a: " * 100_000, "nested more than 32 deep"),
    "deep blocks": ("\n".join(" " * depth + "a:" for depth in range(900)), "nested more than 32 deep"),
    "deep by alias": ("a: &a [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\nb: [[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]\n", "nested more than 32 deep"),
    "an alias of itself": ("a: &a [*a]\n", "an alias stands inside what it stands for"),
    "many keys": ("\n".join(f"k{number}: 1" for number in range(60_000)), "more here than any spec holds"),
    "many networks": (
        "networks:\n" + "\n".join(f"  n{number}: {{purpose: workload}}" for number in range(5_000)),
        "more than 512 entries",
    ),
    "one network short of too many": (
        "schema_version: 1\nname: staging\nid: 7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4\nzones: 1\n"
        "address_space: 10.0.0.0/16\ndns: {zone: a.b}\nnetworks:\n"
        + "\n".join(f"  n{number}: {{purpose: workload}}" for number in range(512)),
        "overlaps",
    ),
    "many items": ("a: [" + "1," * 400_000 + "1]", "more here than any spec holds"),
    "many documents": ("---\n" * 200_000, "a second document begins here"),
    "a large file": ("a: " + "x" * MIB, "a spec of more than 1 MiB is none"),
    "a long word": ("name: " + "x" * (MIB - 100), "at most 16 characters"),
    "a long number": ("zones: " + "9" * (MIB - 100), "different things to different readers"),
    "a long key": ("x" * 1000 + ": 1", "no such key"),
    "a long run of colons": ("a: " + "1:" * 400_000, ""),
    "a long run of questions": ("? " * 400_000, "nested more than 32 deep"),
    "a long run of dashes": ("- " * 400_000, "nested more than 32 deep"),
    "many anchors": ("\n".join(f"k{number}: &a{number} x" for number in range(50_000)), "more here than any spec holds"),
    "a great number of zones": ("zones: 999999999999999999\nnetworks: {lb: {zones: 999999999999999}}\n", "1 to 4"),
    "hexadecimal": ("zones: 0x7fffffff", "different things to different readers"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_with_its_line_in_two_seconds(name, said):
    text, words = BOMBS[name]
    began = time.monotonic()
    found = said(text)
    assert time.monotonic() - began < 20  # what is not refused in time takes minutes
    assert any(words in line for line in found)
    assert all(line.startswith("environment.yml:") for line in found)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own peak")
def test_all_bombs_together_take_less_than_200_mib(tmp_path):
    for index, (text, _) in enumerate(BOMBS.values()):
        (tmp_path / f"{index}.yml").write_text(text)
    program = """
        import pathlib
        from paver.settings import check_spec
        for file in pathlib.Path().glob("*.yml"):
            assert check_spec([file], environ={}).messages
        # Not getrusage: its figure survives exec, so it may be the parent's.
        status = pathlib.Path("/proc/self/status").read_text()
        print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert int(done.stdout) * 1024 < 200 * MIB
