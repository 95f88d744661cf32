"""A model's complaints in better words. No word of a value is repeated: it could be a password in the wrong place."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from paver.contract.types import DAYS, HOST, LABEL_KEY, WORD
from paver.settings import fields
from paver.settings.message import KeyPath

Said = tuple[str, str]
"""What is wrong, and a hint."""

SECRET: Said = ("a secret is named here, never written down", "env:NAME, file:PATH or vault:PATH#KEY")
MAPPING: Said = ("a mapping is wanted", "keys and values, or {} for nothing")
TEXT: Said = ("text is wanted", "quote it")
WHOLE: Said = ("a whole number is wanted", "")
TIME: Said = ("a time with its zone is wanted", "like 2026-12-31T18:00:00Z")
NETWORK: Said = ("a network is wanted", "its first address and width, like 10.20.0.0/16")
ADDRESS: Said = ("an address is wanted", "like 10.20.0.4")
NUMBER_LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}

PATTERNS: Mapping[str, Said] = {  # a pattern is for machines
    WORD: ("lower-case letters, digits and single hyphens are wanted, a letter first", ""),
    LABEL_KEY: ("a label's key is lower-case letters, digits and hyphens, a letter first, 32 at most", ""),
    HOST: ("a host name is wanted", "lower-case letters, digits, hyphens and dots, like db.example.com"),
    HOST.removesuffix("$") + r"(:[1-9][0-9]{0,4})?$": (
        "a host, or a host and a port is wanted",
        "like db.example.com:443",
    ),
    r"^(\*\.)?" + HOST.removeprefix("^"): ("a host name is wanted", "in lower case, like *.apps.example.com"),
    DAYS: ("days are wanted", "like 90d"),
    r"^[0-9a-f]{64}$": ("a SHA-256 is wanted: 64 hexadecimal digits in lower case", "`sha256sum FILE` prints one"),
    r"^[a-z0-9_-]{0,63}$": ("a label's value is lower-case letters, digits, _ and -, 63 at most", ""),
}

FIXED: Mapping[str, Said] = {
    "missing": ("is missing", ""),
    "secret": SECRET,
    "uuid_parsing": ("a UUID is wanted", "`paver init` writes one"),
    "uuid_type": ("a UUID is wanted", "`paver init` writes one"),
    "ip_v4_network": NETWORK,
    "ip_v4_address": ADDRESS,
    "ip_any_network": NETWORK,
    "ip_any_address": ADDRESS,
    "model_type": MAPPING,
    "model_attributes_type": MAPPING,
    "dict_type": MAPPING,
    "mapping_type": MAPPING,
    "tuple_type": ("a list is wanted", "like [a, b]"),
    "list_type": ("a list is wanted", "like [a, b]"),
    "string_type": TEXT,
    "string_unicode": TEXT,
    "string_sub_type": TEXT,
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing_size": ("a smaller number is wanted", ""),
    "float_type": ("a number is wanted", ""),
    "float_parsing": ("a number is wanted", ""),
    "finite_number": ("a finite number is wanted", ""),
    "bool_type": ("true or false is wanted", ""),
    "bool_parsing": ("true or false is wanted", ""),
    "timezone_aware": TIME,
    "datetime_type": TIME,
    "datetime_parsing": TIME,
    "datetime_object_invalid": TIME,
    "datetime_from_date_parsing": TIME,
    "url_parsing": ("a URL is wanted", "like https://example.com"),
    "union_tag_invalid": ("this is none of the kinds that may stand here", ""),
}


def explain(error: Mapping[str, Any], model: object, path: KeyPath, value: object) -> Said:
    """What to say of one of pydantic's errors.

    Args:
        error: As `ValidationError.errors(include_input=False)` gives it.
        model: What was read.
        path: The place in it.
        value: What stands there; it helps to guess what was meant and is not repeated.
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return "no such key", _instead(str(path[-1]), fields.keys(model, path[:-1]), "keys here")
    if kind != "missing" and value is None:
        return "has no value", "write {} to take every default" if FIXED.get(kind) == MAPPING else "fill it in"
    if kind == "literal_error":
        known = fields.words(model, path)
        what = f"one of {', '.join(known)} is wanted" if len(known) > 1 else f"{context['expected']} is wanted"
        return what, _instead(str(value), known) if len(known) > 1 else ""
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], ("not written as it has to be", f"pattern {context['pattern']}"))
    if kind in NUMBER_LIMITS:
        key, words = NUMBER_LIMITS[kind]
        return f"{words} {context[key]} is wanted", ""
    return FIXED.get(kind) or _length(kind, context) or _own(kind, error["msg"], value)


def _length(kind: str, context: Mapping[str, Any]) -> Said | None:
    if kind == "string_too_long":
        return f"at most {context['max_length']} characters are wanted", "the strictest IaaS sets this limit"
    if kind == "string_too_short":
        least = context["min_length"]
        return f"at least {least} character{'s' * (least > 1)} {'are' if least > 1 else 'is'} wanted", ""
    if kind == "too_short":
        return f"at least {context['min_length']} entry is wanted".replace(
            "entry is", "entries are" if context["min_length"] > 1 else "entry is"
        ), ""
    if kind == "too_long":
        return f"at most {context['max_length']} entries are wanted", ""
    return None


def _own(kind: str, said: str, value: object) -> Said:
    # A check of the models' own says what it has to say; a library's error may quote the value that it met.
    what = said.removeprefix("Value error, ").removeprefix("Assertion failed, ").partition(", invalid")[0]
    if kind in ("value_error", "assertion_error") and isinstance(value, str) and value and value in what:
        return "not written as it has to be", ""
    return what[:1].lower() + what[1:], ""


def _instead(word: str, known: tuple[str, ...], few: str = "") -> str:
    near = difflib.get_close_matches(word[:64], known, 1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"{few}: {', '.join(known)}" if few and known else ""
