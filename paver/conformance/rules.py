"""The rules of the contract, numbered: what each says, whether a driver may be excused from it, and by what.

The numbers stay: a rule that goes leaves a gap. `docs/contract.md` is this table with the tests that prove each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from paver.contract.capabilities import Capability


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    number: int
    subject: str
    says: str
    excused: tuple[Capability, ...] = ()
    """A driver that declares none of these need not keep it; empty: nothing excuses it."""
    needs: str = ""
    """What the target must bring so that it can be shown, as `Site` names it; empty: nothing special."""

    @property
    def title(self) -> str:
        """Number and words."""
        return f"rule {self.number}, {self.subject}: {self.says}"

    @property
    def excuse(self) -> str:
        """What would excuse a driver from it, in words."""
        if not self.excused:
            return "it is mandatory: nothing excuses it"
        return f"excused where the driver does not declare {' or '.join(self.excused)}"


def _table(*rules: Rule) -> Mapping[int, Rule]:
    found = {rule.number: rule for rule in rules}
    if len(found) != len(rules):
        raise ValueError("two rules have one number")
    return MappingProxyType(found)


RULES = _table(
    Rule(1, "config", "the driver, its settings and its resources load no SDK and contact nothing"),
    Rule(2, "config", "the same spec gives the same resources, in every process"),
    Rule(3, "config", "a mistake in the section is exit 2 and names the file, the line and the field"),
    Rule(4, "config", "keys and names are unique, every reference leads to a resource, and there is no circle"),
    Rule(10, "lifecycle", "pave makes exactly what is promised"),
    Rule(
        11, "lifecycle", "a network that is added to the spec is made, one that goes is deleted, nothing else changes"
    ),
    Rule(12, "lifecycle", "verify lists exactly what was edited by hand, and pave puts it right", needs="edits"),
    Rule(13, "lifecycle", "every field of a wanted resource is read back, so that drift of it can be seen"),
    Rule(14, "lifecycle", "a call of a kind never waits: what takes long is answered with Waiting"),
    Rule(15, "lifecycle", "a call of a kind sends at most one change", needs="line"),
    Rule(20, "idempotence", "a plan right after pave is empty"),
    Rule(21, "idempotence", "a second pave sends no change and takes no lease", needs="line"),
    Rule(22, "idempotence", "a second destroy sends no change", needs="line"),
    Rule(30, "ownership", "nothing is adopted by name, address or mark alone", needs="canaries"),
    Rule(31, "ownership", "no verb changes what others own", needs="canaries"),
    Rule(35, "ownership", "a mark counts only on a thing that bears the name its key implies", needs="clones"),
    Rule(32, "ownership", "the same environment name under another owner is another environment"),
    Rule(33, "ownership", "what everything is found by is in the IaaS: a lost state directory changes nothing"),
    Rule(34, "ownership", "another target than the one on record is refused, exit 6", needs="elsewhere"),
    Rule(40, "interruption", "killed before any call of pave, the next pave converges", needs="line"),
    Rule(41, "interruption", "killed after any call of pave acted, the next pave converges", needs="line"),
    Rule(42, "interruption", "killed at any call of destroy, the next destroy leaves nothing", needs="line"),
    Rule(43, "interruption", "killed once more while it recovers, it still converges", needs="line"),
    Rule(44, "interruption", "killed, and the state directory lost, it still converges", needs="line"),
    Rule(45, "interruption", "SIGINT and SIGTERM end it within 8 seconds, exit 130 and 143, and it converges"),
    Rule(
        50,
        "wire",
        "under 5, 15 and 30 % of failing calls pave ends well, at most 3 and 6 times as costly",
        needs="line",
    ),
    Rule(51, "wire", "an answer that is lost makes nothing twice", needs="line"),
    Rule(52, "wire", "where every call fails, exit 4 or 9 within the time that was given", needs="line"),
    Rule(53, "wire", "a server that never answers ends in exit 4 or 9 within the time that was given", needs="line"),
    Rule(54, "wire", "a read that failed is no proof of absence", needs="line"),
    Rule(60, "stale", "listings that lag behind make nothing twice and hide nothing for good", needs="stale"),
    Rule(70, "destroy", "after destroy the account is as it was before pave"),
    Rule(71, "destroy", "destroy needs no state directory"),
    Rule(
        72,
        "destroy",
        "users' data stops destroy before the first delete, exit 6, unless --delete-data",
        excused=(Capability.OBJECT_STORE,),
        needs="data",
    ),
    Rule(
        73, "destroy", "what others put on ours stays, with what it stands on, exit 4; the rest goes", needs="squatter"
    ),
    Rule(74, "destroy", "what is gone already is no error"),
    Rule(80, "document", "the document is valid, and its neutral part follows the rules of the layout"),
    Rule(81, "document", "a task that never paved rebuilds the same document from the IaaS"),
    Rule(82, "document", "every native id in the document is one of the account's", needs="ids"),
    Rule(83, "document", "every rendering is made of the document alone, the same each time"),
    Rule(90, "errors", "credentials that are refused are exit 3, with nothing changed", needs="denied"),
    Rule(91, "errors", "nothing but the contract's errors leaves a driver", needs="line"),
    Rule(100, "secrets", "no secret in a document, plan, journal, log, output or argument"),
    Rule(101, "secrets", "every file is private, whatever the umask"),
    Rule(102, "secrets", "no secret stays readable in the IaaS"),
    Rule(103, "secrets", "a secret store that is lost is exit 6, naming each secret, with nothing changed"),
    Rule(110, "capabilities", "what is declared is in the document, made by the IaaS"),
    Rule(111, "capabilities", "what is not declared is refused by validate, which names the capability"),
    Rule(120, "cost", "reads grow with the kinds and not with the resources", needs="line"),
    Rule(121, "cost", "changes grow with the resources, and no faster", needs="line"),
    Rule(130, "lease", "of several pavers one proceeds; the others are exit 5 within 2 seconds and name it"),
)
