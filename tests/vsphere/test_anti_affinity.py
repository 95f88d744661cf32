"""What mends a vCenter is not on its host: a rule keeps the jumpbox and the vCenter's machine apart.

The sandbox has no DRS: what is looked at is what was stored, and what is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple
from uuid import uuid4

import pytest
from drs_rules import RECONFIGURE, apart, change, changes, machine, name, rule, rules, two_hosts
from environments import Document, Environment, census
from pyVmomi import vim
from recorded import forget, mutations, unchanged
from sandboxes import Sandboxed

from paver import api
from paver.contract.driver import Kind
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import NotFound, StepFailed, Transient
from paver.contract.resource import Attempt, Observed, Waiting
from paver.contract.types import FrozenDict
from paver.engine.plan import Action
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.esxi import EsxiSession
from paver_vsphere.resources.anti_affinity import KEY, AntiAffinity
from paver_vsphere.vcenter import vcenter_of_appliance

pytestmark = pytest.mark.sandbox


class Cost(NamedTuple):
    """Of a look that finds nothing to do, by the sandbox's own record."""

    calls: Counter[str]
    bytes: int


def cost(environment: Environment) -> Cost:
    forget(environment.sandboxed)
    environment.plan()
    made = [call for call in environment.sandboxed.control("/calls")["calls"] if call["scope"] == "vcenter"]
    return Cost(Counter(call["method"] for call in made), sum(call["bytes"] for call in made))


class Seen(NamedTuple):
    """The rule as the driver sees it, its kind, and the kind of a vCenter that does not show its own machine."""

    kind: Kind[AntiAffinity]
    have: Observed
    want: AntiAffinity
    attempt: Attempt
    elsewhere: Kind[AntiAffinity]


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Iterator[Environment]:
    before = census(stage)
    one = Environment(stage, two_hosts)
    yield one
    one.destroy()
    assert census(stage) == before


@pytest.fixture(scope="module")
def paved(environment: Environment) -> PavedEnvironment:
    return environment.pave()


@pytest.fixture
def mended(environment: Environment, paved: PavedEnvironment) -> Iterator[Environment]:
    """Whatever a test does by hand, pave puts right."""
    before = census(environment.sandboxed)
    yield environment
    environment.pave()
    assert environment.plan().empty
    assert census(environment.sandboxed) == before


def test_the_jumpbox_and_the_vcenters_own_machine_are_kept_apart_and_the_document_says_so(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    assert rules(stage) == {name(environment): apart()}
    server = stage.vcenter()
    machines = {server.read(one, "name"): server.read(one, "config.uuid") for one in rule(server, name(environment)).vm}
    host = stage.esxi()
    assert machines["sandbox-vcenter"] == host.read(host.all(vim.VirtualMachine)["sandbox-vcenter"], "config.uuid")
    assert paved.jumpbox is not None
    assert paved.jumpbox.driver == {"vm": "sandbox-jumpbox", "drs_rule": name(environment)}


def test_the_plan_says_what_it_is_for(environment: Environment, paved: PavedEnvironment) -> None:
    step = next(step for step in environment.plan() if step.key == KEY)
    assert step.want is not None
    assert (step.action, step.want.note) == (Action.KEEP, "jumpbox and vCenter on different hosts")


def test_a_second_pave_changes_nothing_and_a_look_at_it_costs_one_call(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    with unchanged(stage):
        assert environment.pave() == paved
    server, beside = stage.vcenter(), cost(environment)
    change(server, "remove", None, rule(server, name(environment)).key)
    assert beside.calls - cost(environment).calls == Counter({"FindAllByUuid": 1})
    environment.pave()


def test_machines_of_others_in_the_cluster_are_not_read(mended: Environment) -> None:
    server, alone = mended.sandboxed.vcenter(), cost(mended)
    theirs = [machine(server, f"vm-{number}") for number in range(30)]
    beside = cost(mended)
    assert beside.calls == alone.calls
    assert abs(beside.bytes - alone.bytes) < 30  # ids are longer or shorter by a digit
    for one in theirs:
        server.wait(one.Destroy_Task())


@pytest.mark.parametrize("drift", ["removed", "off", "mandatory", "a machine taken out", "a third machine"])
def test_what_was_changed_by_hand_is_shown_and_put_right(mended: Environment, drift: str) -> None:
    server = mended.sandboxed.vcenter()
    info = rule(server, name(mended))
    jumpbox, own = sorted(info.vm, key=lambda one: str(server.read(one, "name")))
    theirs = machine(server, "theirs")
    if drift == "removed":
        change(server, "remove", None, info.key)
    else:
        info.enabled, info.mandatory = drift != "off", drift == "mandatory"
        info.vm = {"a machine taken out": [own, theirs], "a third machine": [jumpbox, own, theirs]}.get(drift, info.vm)
        change(server, "edit", info)
    drifted = mended.run("verify")
    assert drifted.returncode == 7, drifted.stderr
    assert str(KEY) in drifted.stdout + drifted.stderr
    assert changes(mended) == {str(KEY): "create" if drift == "removed" else "update"}
    mended.pave()
    assert rules(mended.sandboxed) == {name(mended): apart()}
    server.wait(theirs.Destroy_Task())


def test_a_jumpbox_that_was_taken_away_by_hand_is_made_again_and_is_in_the_rule(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    server = stage.vcenter()
    gone = server.all(vim.VirtualMachine)["sandbox-jumpbox"]
    server.wait(gone.PowerOffVM_Task())
    server.wait(gone.Destroy_Task())
    assert rules(stage) == {name(environment): apart("sandbox-vcenter")}
    assert changes(environment) == {"machine/jumpbox": "create", str(KEY): "update"}
    environment.pave()
    assert rules(stage) == {name(environment): apart()}


def test_a_jumpbox_that_is_made_anew_is_in_the_rule_and_no_call_is_refused_meanwhile(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    server, before = stage.vcenter(), str(rule(stage.vcenter(), name(environment)).vm)
    environment.edit(lambda document: document["iaas"]["vsphere"]["jumpbox"].update(user="operator"))
    assert changes(environment) == {"machine/jumpbox": "replace", str(KEY): "replace"}
    forget(stage)
    environment.pave()
    assert mutations(stage)[f"vcenter {RECONFIGURE}"] == 2
    assert not [event for event in environment.events if "failed" in type(event).__name__.lower()]
    assert rules(stage) == {name(environment): apart()}
    assert str(rule(server, name(environment)).vm) != before
    environment.edit(lambda document: document["iaas"]["vsphere"]["jumpbox"].pop("user"))
    environment.pave()


def test_a_copy_of_the_vcenters_machine_that_kept_its_uuid_is_not_taken_for_it(mended: Environment) -> None:
    server = mended.sandboxed.vcenter()
    info = rule(server, name(mended))
    own = next(one for one in info.vm if server.read(one, "name") == "sandbox-vcenter")
    copy = machine(server, "sandbox-vcenter-restored")
    marks = [one for one in server.read(own, "config.extraConfig") if one.key.startswith("paver-")]
    uuid = server.read(own, "config.uuid")
    server.wait(copy.ReconfigVM_Task(vim.vm.ConfigSpec(uuid=uuid, extraConfig=marks)))
    assert mended.plan().empty
    change(server, "remove", None, info.key)
    mended.pave()
    assert rules(mended.sandboxed) == {name(mended): apart()}
    server.wait(copy.Destroy_Task())


def test_rules_of_others_stay_where_ours_comes_and_goes(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    server = stage.vcenter()
    pair = [machine(server, f"theirs-{number}") for number in (1, 2)]
    look_alike = "sandbox-jumpbox-vcenter-0123456789"
    for called in ("their-rule", look_alike):
        change(server, "add", vim.cluster.AntiAffinityRuleSpec(name=called, enabled=True, vm=pair))
    theirs = {called: apart("theirs-1", "theirs-2") for called in ("their-rule", look_alike)}
    before = dict(environment.section["jumpbox"])
    environment.edit(lambda document: document["iaas"]["vsphere"].pop("jumpbox"))
    assert changes(environment)[str(KEY)] == "delete"
    assert environment.pave().jumpbox is None
    assert rules(stage) == theirs
    environment.edit(lambda document: document["iaas"]["vsphere"].update(jumpbox=before))
    environment.pave()
    assert rules(stage) == {**theirs, name(environment): apart()}
    for called in theirs:
        change(server, "remove", None, rule(server, called).key)
    for one in pair:
        server.wait(one.Destroy_Task())


def test_a_rule_of_another_kind_under_its_name_is_refused_and_left_alone(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    server = stage.vcenter()
    info = rule(server, name(environment))
    change(server, "remove", None, info.key)
    theirs = vim.cluster.AffinityRuleSpec(name=name(environment), enabled=True, vm=info.vm)
    change(server, "add", theirs)
    before = rules(stage)
    with pytest.raises(StepFailed) as caught:
        environment.pave()
    assert "it is not this environment's" in str(caught.value.facts) + (caught.value.hint or "")
    assert rules(stage) == before
    change(server, "remove", None, rule(server, name(environment)).key)
    environment.pave()
    assert rules(stage) == {name(environment): apart()}


@pytest.fixture
def seen(environment: Environment, paved: PavedEnvironment) -> Iterator[Seen]:
    """The driver's own sessions, and what they show."""
    loaded = environment.loaded()
    access, _ = api.subject_of(loaded, environment.options())
    owner = loaded.spec.owner
    with closing(EsxiSession.connect(loaded.settings, access, owner)) as host:
        appliance = host.observe(owner, ()).standing(APPLIANCE)
    with closing(vcenter_of_appliance(loaded.settings, access, owner, appliance)) as vcenter:
        have = vcenter.observe(owner, ()).standing(KEY)
        machines = FrozenDict({name: str(value) for name, value in have.actual["machines"].items()})
        want = AntiAffinity(name=str(have.outputs["name"]), cluster=str(have.actual["cluster"]), machines=machines)
        attempt = Attempt(owner=owner, name=want.name, token=uuid4(), key=KEY)
        unknown = appliance.model_copy(update={"outputs": {**appliance.outputs, "uuid": str(uuid4())}})
        with closing(vcenter_of_appliance(loaded.settings, access, owner, unknown)) as elsewhere:
            yield Seen(vcenter.kinds[KEY.kind], have, want, attempt, elsewhere.kinds[KEY.kind])


def test_a_rule_that_went_with_a_machine_is_added_where_it_was_to_be_edited_and_is_no_error_where_it_was_to_go(
    mended: Environment, seen: Seen
) -> None:
    server = mended.sandboxed.vcenter()
    change(server, "remove", None, rule(server, name(mended)).key)
    with pytest.raises(NotFound):
        seen.kind.delete(seen.have, seen.attempt)
    answer = seen.kind.update(seen.have, seen.want, frozenset({"machines"}), seen.attempt)
    while isinstance(answer, Waiting):
        answer = seen.kind.advance(seen.want, answer.ticket, seen.attempt)
    assert answer.have is not None
    assert (answer.have.id, answer.have.actual) == (seen.have.id, seen.have.actual)
    assert rules(mended.sandboxed) == {name(mended): apart()}


def test_as_long_as_the_vcenter_does_not_show_its_own_machine_it_is_asked_again(seen: Seen) -> None:
    with pytest.raises(Transient, match=r"the vCenter's own machine on .* is not in the inventory yet"):
        seen.elsewhere.create(seen.want, seen.attempt)


def test_machines_that_somebody_moved_to_another_cluster_are_named(mended: Environment) -> None:
    stage, server = mended.sandboxed, mended.sandboxed.vcenter()
    change(server, "remove", None, rule(server, name(mended)).key)
    cluster = server.read(server.all(vim.Datacenter)["sandbox"], "hostFolder").CreateClusterEx(
        "elsewhere", vim.cluster.ConfigSpecEx()
    )
    host = server.wait(cluster.AddHost_Task(stage.connect_spec(2), True))
    export, _, path = stage.where.exports["vms"].partition(":")
    volume = vim.host.NasVolume.Specification(
        remoteHost=export, remotePath=path, localPath="sandbox-vms", accessMode="readWrite", type="NFS"
    )
    mounts = server.manager("datastoreSystem", host)
    store = mounts.CreateNasDatastore(volume)  # else the simulator dies of the way back
    jumpbox = server.all(vim.VirtualMachine)["sandbox-jumpbox"]
    born = server.read(jumpbox, "runtime.host")
    server.wait(jumpbox.RelocateVM_Task(vim.vm.RelocateSpec(host=host)))
    with pytest.raises(StepFailed, match="1 failed") as caught:
        mended.pave()
    assert "sandbox-jumpbox, which the rule is about, on" in str(caught.value.facts)
    server.wait(jumpbox.RelocateVM_Task(vim.vm.RelocateSpec(host=born)))
    mounts.RemoveDatastore(store)
    server.wait(host.DisconnectHost_Task())
    server.wait(host.Destroy_Task())
    server.wait(cluster.Destroy_Task())


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """One zone of one host, on a sandbox of its own."""
    stage = Sandboxed(tmp_path_factory.mktemp("alone"))
    before = census(stage)

    def one_zone(document: Document) -> None:
        section = document["iaas"]["vsphere"]
        document["zones"] = 1
        section["zones"] = {"z1": {**section["zones"]["z1"], "cluster": "shared", "resource_pool": "sandbox"}}

    one = Environment(stage, one_zone)
    try:
        one.pave()
        yield one
        one.destroy()
        assert census(stage) == before
    finally:
        stage.close()


def test_it_comes_with_the_second_host_and_goes_with_it(alone: Environment) -> None:
    stage = alone.sandboxed
    assert rules(stage) == {}
    alone.edit(lambda document: document["iaas"]["vsphere"]["zones"]["z1"]["hosts"].append(stage.where.hosts[1]))
    assert changes(alone)[str(KEY)] == "create"
    alone.pave()
    assert rules(stage) == {name(alone): apart()}
    with unchanged(stage):
        assert alone.plan().empty
    alone.edit(lambda document: document["iaas"]["vsphere"]["zones"]["z1"]["hosts"].pop())
    assert changes(alone)[str(KEY)] == "delete"
    alone.pave()
    assert rules(stage) == {}
    assert alone.plan().empty


def test_it_goes_when_the_jumpboxs_zone_is_in_another_cluster_than_the_vcenter(alone: Environment) -> None:
    stage = alone.sandboxed
    zones: Document = alone.section["zones"]
    alone.edit(lambda document: document.update(zones=2))
    second = {"cluster": "shared", "hosts": [stage.where.hosts[1]], "resource_pool": "second"}
    alone.edit(lambda document: zones.update(z2=second))
    alone.pave()
    assert rules(stage) == {name(alone): apart()}
    alone.edit(lambda document: zones["z2"].update(cluster="another"))
    planned = changes(alone)
    assert planned[str(KEY)] == "delete", planned
    alone.pave()
    assert rules(stage) == {}
    assert alone.plan().empty
    alone.edit(lambda document: document.update(zones=1))
    alone.edit(lambda document: zones.pop("z2"))
    alone.pave()
