"""What a CPI of this IaaS would look up, were there one: it logs in and asks for what the document names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from paver.contract.asking import asked
from paver.contract.bosh import Reveal, credential_for
from paver.contract.environment import PavedCredential, PavedEnvironment
from paver.contract.errors import CallError, NotFound
from paver.contract.findings import Cause, Finding, bad, from_error, good, warn
from paver.memory.world import World, digest, kind_of


def bosh_findings(world: World, environment: PavedEnvironment, reveal: Reveal) -> Iterator[Finding]:
    """All of them. There are no roles in this world: nothing is said of permissions."""
    yield warn("bosh", "no CPI of this IaaS exists: what one would look up by the document is looked up")
    cpi = credential_for(environment, "bosh-cpi")
    yield from _login(world, cpi, reveal)
    for label, id_ in _places(environment):
        yield _look(world, label, id_)


def _login(world: World, cpi: PavedCredential, reveal: Reveal) -> Iterator[Finding]:
    account = cpi.driver.get("account")
    if cpi.secret is None or not isinstance(account, str):  # a key's secret is nowhere in this world, not even hashed
        yield _look(world, "key", cpi.principal)
        return
    try:
        record = asked(partial(world.get, account))
    except NotFound:
        yield bad("login", f"account {cpi.principal} is not there", "paver pave makes it")
    except CallError as error:
        yield from_error("login", error)
    else:
        if record["digest"] == digest(reveal(cpi.secret).get_secret_value()):
            yield good("login", f"{cpi.principal} logs in")
        else:
            yield bad("login", f"{cpi.principal} cannot log in: the password is wrong", cause=Cause.DENIED)


def _places(environment: PavedEnvironment) -> Iterator[tuple[str, str]]:
    for zone, paved in environment.zones.items():
        if isinstance(pool := paved.driver.get("pool"), str):
            yield f"pool of zone {zone}", pool
    for network in environment.networks.values():
        for name, subnet in network.subnets.items():
            yield f"subnet {name}", str(subnet.driver["subnet"])
    for name, store in environment.datastores.items():
        if store.purpose != "object":
            yield f"datastore {name}", str(store.driver["id"])
    for name, balancer in environment.load_balancers.items():
        yield f"load balancer {name}", str(balancer.driver["balancer"])


def _look(world: World, label: str, id_: str) -> Finding:
    kind = kind_of(id_)
    try:
        asked(partial(world.get, id_))
    except NotFound:
        return bad(kind, f"{label} ({id_}) is not there", "paver pave makes it")
    except CallError as error:
        return from_error(kind, error)
    return good(kind, f"{label} is {id_}")
