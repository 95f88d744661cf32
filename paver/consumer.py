"""What stands on top of an environment, to be asked whether it would find there what it needs."""

from __future__ import annotations

from collections.abc import Sequence

from paver.contract.bosh import Bosh
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import SpecError
from paver.contract.findings import Finding, bad, warn
from paver.contract.resource import Desired
from paver.settings import LoadedSpec


def bosh_of(loaded: LoadedSpec, kept: PavedEnvironment | None) -> Bosh:
    """What the spec's driver knows of BOSH.

    Raises:
        SpecError: Nothing; or `kept` is no document of this spec.
    """
    bosh = loaded.driver.bosh()
    if bosh is None:
        raise SpecError(f"the driver {loaded.driver.name} knows of no CPI, so that there is nothing to look up")
    if kept is not None and (kept.iaas, kept.owner) != (loaded.iaas, loaded.spec.owner):
        raise SpecError(
            f"the document is of {kept.name} on {kept.iaas}, the spec of {loaded.spec.name} on {loaded.iaas}",
            hint="`paver outputs -o json` prints the spec's own",
        )
    return bosh


def missing_findings(gone: Sequence[Desired]) -> tuple[Finding, ...]:
    """What a look found missing, where too little is left for a document to go by."""
    return (
        *(bad("missing", f"{want.key} ({want.name}) is not there", "paver pave makes it") for want in gone),
        warn(
            "bosh",
            "the document cannot be rebuilt, so that nothing was looked up as the CPI",
            "with --environment FILE, a document that was kept, everything else is",
        ),
    )
