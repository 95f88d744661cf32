"""What an error tells whoever calls paver from a program."""

import traceback

from paver.contract.errors import Rejected, SpecError


def test_a_traceback_says_facts_and_hint() -> None:
    error = Rejected("the bucket is not empty", facts=[("objects", "7")], hint="save them")
    assert traceback.format_exception(error)[-3:] == [
        "paver.contract.errors.Rejected: the bucket is not empty\n",
        "objects: 7\n",
        "hint: save them\n",
    ]


def test_a_traceback_says_every_mistake_of_a_spec() -> None:
    error = SpecError("2 mistakes", messages=["a.yml:3: no such region", "a.yml:7: no number"])
    assert "a.yml:3: no such region\na.yml:7: no number" in "".join(traceback.format_exception(error))
