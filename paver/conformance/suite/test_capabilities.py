"""What a driver says that its IaaS can do, it does; what it does not say is refused before anything is contacted."""

from __future__ import annotations

from typing import Any

from paver.conformance.marks import proves
from paver.conformance.trial import Trial
from paver.contract.capabilities import Capability
from paver.contract.driver import Driver
from paver.contract.environment import PavedEnvironment
from paver.settings import load_spec

ASKED: dict[Capability, dict[str, object]] = {
    Capability.ENCRYPTION: {"datastores": {"disks": {"encrypted": True}}},
    Capability.ADOPT_NETWORK: {"networks": {"workload": {"existing": True}}},
    Capability.ADOPT_DATASTORE: {"datastores": {"disks": {"existing": True}}},
}
"""By capability: the smallest change of a spec that asks for it."""


@proves(110)
def test_what_is_declared_is_made_by_the_iaas(trial: Trial, driver: Driver[Any]) -> None:
    document = PavedEnvironment.model_validate(trial.pave())
    spec = load_spec(trial.spec, iaas=trial.iaas).spec
    objects = [name for name, store in spec.datastores.items() if store.purpose == "object"]
    assert set(document.load_balancers) == set(spec.load_balancers)
    made = {
        Capability.LOAD_BALANCER: {one.made_by for one in document.load_balancers.values()},
        Capability.OBJECT_STORE: {document.datastores[name].made_by for name in objects},
    }
    for capability, makers in made.items():
        if capability in driver.capabilities:
            assert makers == {"iaas"}, f"the target's spec asks for a {capability}: made by {makers or 'nobody'}"
        else:
            assert "iaas" not in makers, f"{capability} is not declared, and yet made by the IaaS"
    if Capability.JUMPBOX in driver.capabilities:
        assert document.jumpbox is not None, "the driver makes a jumpbox, and the document has none"


@proves(111)
def test_what_is_not_declared_is_refused_and_named(trial: Trial, driver: Driver[Any]) -> None:
    for capability, change in ASKED.items():
        trial.change(**change)
        ended = trial.run("validate")
        if capability in driver.capabilities:
            assert str(capability) not in ended.out, str(ended)
        else:
            assert ended.code == 2, f"{capability} is not declared, and yet taken\n{ended}"
            assert str(capability) in ended.out + ended.err, f"{capability} is not named\n{ended}"
