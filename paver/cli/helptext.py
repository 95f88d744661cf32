"""What `paver --help` says."""

from __future__ import annotations

from collections.abc import Sequence

_HEAD = "Pave an IaaS: the same typed environment on every one that has a driver.\n\nUsage: paver VERB [OPTIONS]\n"

_COMMON = (
    ("--iaas NAME", "which section of the spec (not needed where there is one)"),
    ("-c FILE", "the spec; more than one are merged (default: environment.yml)"),
    ("--sandbox", "on the driver's local emulator"),
    ("-y", "consent without being asked"),
    ("-o json", "one JSON document on stdout"),
    ("-q, -v", "less, more"),
)

_FOOT = """
Exit codes  0 done, 1 failed, 2 usage or spec,
            3 not allowed, 4 a step failed: run again, 5 locked, 6 refused for
            safety, 7 preflight refused or verify found differences, 9 out of time,
            130 and 143 stopped, 255 a bug of paver's

`paver VERB --help` has the rest.
"""


def help_text(verbs: Sequence[tuple[str, str, str]]) -> str:
    """The help; `verbs` are group, name and what it does, in order."""
    lines = [_HEAD]
    last = ""
    for group, name, does in verbs:
        lines.append(f"{group if group != last else '':<11} {name:<13} {does}")
        last = group
    lines.append("")
    lines += [f"{'' if index else 'Common':<11} {name:<13} {does}" for index, (name, does) in enumerate(_COMMON)]
    return "\n".join(lines) + "\n" + _FOOT
