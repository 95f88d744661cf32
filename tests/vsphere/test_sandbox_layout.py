"""Sandboxes beside each other: no two of them are given one space."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from paver_vsphere.sandbox.layout import PORT, free_space

pytestmark = pytest.mark.sandbox

CLAIM = """
import os, sys
from unittest import mock
from paver_vsphere.sandbox.layout import free_space
with mock.patch("os.getpid", return_value=0):
    print(free_space(), flush=True)
sys.stdin.readline()
"""


def test_processes_that_search_at_one_time_find_spaces_of_their_own() -> None:
    searching = [
        subprocess.Popen([sys.executable, "-c", CLAIM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    found = {one.stdout.readline() for one in searching if one.stdout}
    for one in searching:
        one.communicate("\n", timeout=20)
    assert len(found) == 4
    assert all(space.startswith("127.") for space in found)


def test_a_space_is_not_given_twice_nor_where_a_sandbox_was_left_running() -> None:
    first = free_space()
    with socket.socket() as left:
        follower = int(str(first).split(".")[1]) + 1
        left.bind((f"127.{follower}.255.11", PORT))
        second = free_space()
    assert str(second) not in (str(first), f"127.{follower}.0.0/16")
