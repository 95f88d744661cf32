"""What a plain word of YAML means: accepted where every version of YAML agrees, refused where they differ.

YAML 1.1 (which most tools speak) and 1.2 read `no`, `0777`, `12:30:45` or `1e3` differently. Whoever meant one of those
finds out here, and not in the IaaS. A time is the exception: it is read as one, and a field that wants text refuses it.
"""

from __future__ import annotations

import re
from datetime import date, datetime

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})")
FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})\.[0-9]{1,18}([eE][-+][0-9]{1,3})?")
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?[ \t]*(Z|[-+][0-9:]+)?)?"
)
TOO_LONG = "quote it: that is too long for a number"
LONGEST = 64
"""Characters of a word that the patterns below look at: what is longer is a number to nobody, or a text."""
OF_NUMBERS = frozenset("0123456789_:.+-")
AMBIGUOUS = (
    (re.compile(r"(?i)y|n|yes|no|on|off"), "quote it, or write true or false"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"), "quote it: YAML 1.1 reads a number of base sixty"),
    (re.compile(r"[-+]?0[0-9_]+"), "quote it, or drop the zero in front: YAML 1.1 reads an octal number"),
    (re.compile(r"[-+]?0[oO][0-7_]+"), "quote it: YAML 1.2 reads an octal number"),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F_]+"), "quote it, or write the number in decimal: YAML reads a hexadecimal one"),
    (re.compile(r"[-+]?0[bB][01_]+"), "quote it: YAML 1.1 reads a binary number"),
    (re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"), "quote it, or write the number without underscores"),
    (
        re.compile(r"[-+]?[0-9]*\.?[0-9]+[eE][-+]?[0-9]+|[-+]?[0-9]+\.[eE][-+]?[0-9]+"),
        "quote it, or write the number out",
    ),
    (re.compile(r"[-+]?\.(?i:inf)|\.(?i:nan)"), "quote it, or write a finite number"),
    (re.compile(r"[-+]?([0-9]+\.|\.[0-9]+)"), "quote it, or write a digit on both sides of the point"),
    (re.compile(r"[-+]?[0-9]{20,}"), TOO_LONG),
    (re.compile(r"="), "quote it"),
    (re.compile(r"<<"), "merge keys are not read here: write the keys out"),
)

Scalar = str | int | float | bool | date | datetime | None


class Ambiguous(ValueError):
    """A word that not all readers of YAML take for the same thing. `args[0]` says what to write instead."""


def meaning(word: str) -> Scalar:
    """The value of a plain (unquoted) word.

    Raises:
        Ambiguous: Versions of YAML differ about it.
    """
    if word in NULLS:
        return None
    if word in BOOLEANS:
        return BOOLEANS[word]
    if INTEGER.fullmatch(word):
        return int(word)
    if FLOAT.fullmatch(word):
        return float(word)
    if len(word) > LONGEST:  # some of the patterns take quadratic time
        if OF_NUMBERS.issuperset(word):
            raise Ambiguous(TOO_LONG)
        return word
    for pattern, hint in AMBIGUOUS:
        if pattern.fullmatch(word):
            raise Ambiguous(hint)
    return _moment(word)


def _moment(word: str) -> Scalar:
    if not MOMENT.fullmatch(word):
        return word
    try:
        return datetime.fromisoformat(word) if ":" in word else date.fromisoformat(word)
    except ValueError:
        raise Ambiguous("quote it, or write a time like 2026-12-31T18:00:00Z") from None
