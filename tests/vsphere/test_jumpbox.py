"""The jumpbox: made of its OVA, known by the host key that its guest tells its vCenter, found again wherever it is."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from environments import Change, Document, Environment, census
from recorded import forget, mutations, unchanged
from sandboxes import Sandboxed
from tenants import on_clusters, root_ca, tenant

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import Refused, StepFailed
from paver.contract.findings import Severity
from paver.engine.plan import Action
from paver_vsphere import here
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox

VM = "/sandbox/vm/sandbox/sandbox-jumpbox"
UNTOUCHED = frozenset({Action.KEEP, Action.ADOPT})


def one_zone(document: Document) -> None:
    """One host is enough to carry it."""
    section = document["iaas"]["vsphere"]
    document["zones"] = 1
    section["zones"] = {"z1": section["zones"]["z1"]}


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Iterator[Environment]:
    before = census(stage)
    one = Environment(stage, one_zone)
    yield one
    one.destroy()
    assert census(stage) == before


@pytest.fixture(scope="module")
def paved(environment: Environment) -> PavedEnvironment:
    forget(environment.sandboxed)
    return environment.pave()


@pytest.fixture
def mended(environment: Environment, paved: PavedEnvironment) -> Iterator[Environment]:
    """Whatever a test does by hand, pave puts right, and it is the same machine afterwards."""
    before = census(environment.sandboxed)
    yield environment
    assert environment.pave() == paved
    assert environment.plan().empty
    assert census(environment.sandboxed) == before


def machine(stage: Sandboxed) -> Document:
    return stage.census("vcenter", "VirtualMachine")[VM]


def there(stage: Sandboxed) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    return stage.vcenter().all(vim().VirtualMachine)["sandbox-jumpbox"]


def changes(environment: Environment) -> dict[str, Action]:
    return {str(step.key): step.action for step in environment.plan() if step.action not in UNTOUCHED}


def guest_info(stage: Sandboxed, name: str) -> str:
    extra = machine(stage)["extraConfig"]
    assert extra[f"guestinfo.{name}.encoding"] == "base64"
    return base64.b64decode(extra[f"guestinfo.{name}"]).decode()


def on_a_cluster(name: str, ca: Path, jumpbox: Document | None = None) -> Change:
    """An environment on the first one's cluster, without a jumpbox unless one is given."""

    def change(document: Document) -> None:
        on_clusters(name, ca)(document)
        section = document["iaas"]["vsphere"]
        document["zones"] = 1
        section["zones"] = {"z1": {"cluster": "sandbox-z1"}}
        if jumpbox is not None:
            section["jumpbox"] = jumpbox

    return change


def test_it_is_as_the_spec_says_and_runs(stage: Sandboxed, environment: Environment, paved: PavedEnvironment) -> None:
    found = machine(stage)
    assert (found["cpus"], found["memory_mib"], found["power"]) == (2, 4096, "poweredOn")
    assert found["networks"] == ["sandbox-management"]
    marks = {key: value for key, value in found["extraConfig"].items() if key.startswith("paver-")}
    assert marks["paver-owner"] == str(environment.id)
    assert (marks["paver-environment"], marks["paver-key"]) == ("sandbox", "machine/jumpbox")


def test_its_guest_gets_the_address_the_gateway_the_resolvers_and_the_key(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    network = json.loads(guest_info(stage, "metadata"))["network"]
    (card,) = network["ethernets"].values()
    assert network["version"] == 2
    assert card["addresses"] == [f"{stage.where.space[5]}/20"]
    assert card["routes"] == [{"to": "0.0.0.0/0", "via": str(stage.where.space[1])}]
    assert card["nameservers"]["addresses"] == [str(address) for address in paved.dns.servers]
    config = json.loads(guest_info(stage, "userdata").removeprefix("#cloud-config\n"))
    (user,) = config["users"]
    secrets, _ = api.subject_of(environment.loaded(), environment.options())
    assert user["name"] == "paver"
    assert user["ssh_authorized_keys"][0].startswith("ssh-ed25519 AAAA")
    private = secrets.minted("jumpbox").get_secret_value()
    assert "PRIVATE KEY" in private
    assert private not in json.dumps(machine(stage))
    assert "PRIVATE KEY" not in json.dumps(machine(stage))


def test_the_document_knows_it_by_the_key_that_its_guest_told(stage: Sandboxed, paved: PavedEnvironment) -> None:
    jumpbox = paved.jumpbox
    assert jumpbox is not None
    assert machine(stage)["extraConfig"]["guestinfo.paver-host-key"].startswith(jumpbox.host_key + " ")
    assert (str(jumpbox.address), jumpbox.public_address, jumpbox.zone) == (str(stage.where.space[5]), None, "z1")
    assert (jumpbox.host, jumpbox.port, jumpbox.user) == ("jumpbox.sandbox.example.com", 22, "paver")
    assert jumpbox.driver == {"vm": "sandbox-jumpbox"}
    assert (jumpbox.key.path, jumpbox.key.key) == ("environment-secrets/vsphere/jumpbox", "private_key")


def test_its_disk_went_to_the_host_that_carries_it_and_not_through_the_vcenter(
    stage: Sandboxed, paved: PavedEnvironment
) -> None:
    uploads = {call: count for call, count in mutations(stage).items() if "/nfc" in call}
    assert uploads == {"esxi-1 POST /nfc": 2}  # the appliance's is the other


def test_a_second_pave_sends_nothing(environment: Environment, paved: PavedEnvironment) -> None:
    with unchanged(environment.sandboxed):
        assert environment.pave() == paved
        assert environment.plan().empty


def test_what_the_guest_tells_later_is_not_believed(mended: Environment, paved: PavedEnvironment) -> None:
    stage = mended.sandboxed
    key = machine(stage)["extraConfig"]["guestinfo.paver-host-key"]
    write(stage, {"guestinfo.paver-host-key": "ssh-ed25519 " + "A" * 68})
    assert mended.plan().empty
    assert mended.outputs() == paved
    write(stage, {"guestinfo.paver-host-key": key})


def test_one_that_was_switched_off_runs_again(mended: Environment) -> None:
    server = mended.sandboxed.vcenter()
    server.wait(there(mended.sandboxed).PowerOffVM_Task())
    assert changes(mended) == {"machine/jumpbox": Action.UPDATE}
    drift = mended.run("verify", "-o", "json")
    assert (drift.returncode, json.loads(drift.stdout)["edits"]) == (7, ["machine/jumpbox"])


def test_one_that_was_made_smaller_and_plugged_in_elsewhere_is_as_it_was(mended: Environment) -> None:
    stage = mended.sandboxed
    server = stage.vcenter()
    vm = there(stage)
    server.wait(vm.PowerOffVM_Task())
    device = next(d for d in server.read(vm, "config.hardware.device") if isinstance(d, vim().vm.device.VirtualVmxnet3))
    group = server.all(vim().dvs.DistributedVirtualPortgroup)["sandbox-services"]
    device.backing.port = vim().dvs.PortConnection(
        portgroupKey=server.read(group, "key"), switchUuid=device.backing.port.switchUuid
    )
    edit = vim().vm.device.VirtualDeviceSpec(operation="edit", device=device)
    server.wait(vm.ReconfigVM_Task(vim().vm.ConfigSpec(numCPUs=1, memoryMB=512, deviceChange=[edit])))
    server.wait(vm.PowerOnVM_Task())
    assert machine(stage)["networks"] == ["sandbox-services"]
    (step,) = [step for step in mended.plan() if step.mutates]
    assert {change.field for change in step.changes} == {"cpus", "memory_mib", "network"}


def test_another_size_is_given_to_the_same_machine(mended: Environment, paved: PavedEnvironment) -> None:
    mended.edit(lambda document: document["iaas"]["vsphere"]["jumpbox"].update(cpus=4, memory_gib=8))
    assert changes(mended) == {"machine/jumpbox": Action.UPDATE}
    assert mended.pave() == paved
    found = machine(mended.sandboxed)
    assert (found["cpus"], found["memory_mib"], found["power"]) == (4, 8192, "poweredOn")
    mended.edit(lambda document: [document["iaas"]["vsphere"]["jumpbox"].pop(name) for name in ("cpus", "memory_gib")])


def test_one_that_was_moved_to_another_folder_is_found_there(mended: Environment) -> None:
    server = mended.sandboxed.vcenter()
    folders, vm = server.all(vim().Folder), there(mended.sandboxed)
    server.wait(folders["vm"].MoveIntoFolder_Task([vm]))
    assert mended.plan().empty
    server.wait(folders["sandbox"].MoveIntoFolder_Task([vm]))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"sha256": "0" * 64}, "image"), ({"user": "operator"}, "user")],
)
def test_what_first_boot_bakes_in_makes_another_machine(mended: Environment, change: Document, field: str) -> None:
    before = dict(mended.section["jumpbox"])
    mended.edit(lambda document: document["iaas"]["vsphere"]["jumpbox"].update(change))
    (step,) = [step for step in mended.plan() if step.mutates]
    assert (str(step.key), step.action) == ("machine/jumpbox", Action.REPLACE)
    assert {one.field for one in step.changes} == {field}
    mended.edit(lambda document: document["iaas"]["vsphere"].update(jumpbox=before))


def test_from_the_machine_itself_neither_destroy_nor_replacement_begins(
    mended: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuid = mended.sandboxed.vcenter().read(there(mended.sandboxed), "config.uuid")
    dmi = tmp_path / "class" / "dmi" / "id"
    dmi.mkdir(parents=True)
    (dmi / "product_uuid").write_text(f"{uuid}\n")
    monkeypatch.setattr(here, "SYSTEM", tmp_path)
    with (
        unchanged(mended.sandboxed),
        pytest.raises(Refused, match="machine/jumpbox is the machine that paver runs on") as met,
    ):
        mended.destroy()
    assert met.value.exit_code == 6
    before = dict(mended.section["jumpbox"])
    mended.edit(lambda document: document["iaas"]["vsphere"]["jumpbox"].update(user="operator"))
    with unchanged(mended.sandboxed), pytest.raises(Refused, match="is the machine that paver runs on"):
        mended.pave()
    mended.edit(lambda document: document["iaas"]["vsphere"].update(jumpbox=before))
    assert mended.plan().empty  # from there everything else is done as ever


def test_a_clone_with_its_marks_is_somebody_elses_and_keeps_the_folder(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    server = stage.vcenter()
    marks = machine(stage)["extraConfig"]
    extra = [vim().option.OptionValue(key=key, value=value) for key, value in marks.items() if key.startswith("paver-")]
    spec = vim().vm.ConfigSpec(
        name="sandbox-jumpbox-restored",
        guestId="otherGuest",
        files=vim().vm.FileInfo(vmPathName="[sandbox-vms]"),
        extraConfig=extra,
    )
    pool, folder = server.all(vim().ResourcePool)["Resources"], server.all(vim().Folder)["sandbox"]
    server.wait(folder.CreateVM_Task(spec, pool, None))
    clone = server.all(vim().VirtualMachine)["sandbox-jumpbox-restored"]
    assert environment.plan().empty
    with pytest.raises(StepFailed) as caught:
        environment.destroy()
    assert "VM sandbox-jumpbox-restored" in str(caught.value.facts)
    assert VM not in stage.census("vcenter", "VirtualMachine")
    server.wait(clone.Destroy_Task())
    environment.pave()


def test_an_existing_one_is_never_touched(stage: Sandboxed, environment: Environment, paved: PavedEnvironment) -> None:
    before = machine(stage)
    other = tenant(stage, "guest", on_a_cluster("guest", root_ca(stage, environment.outputs())))
    other.edit(lambda document: document.update(jumpbox={"existing": True}))
    document = other.pave()
    assert document.jumpbox is None
    assert not any("jumpbox" in str(step.key) for step in other.plan())
    other.destroy()
    assert machine(stage) == before


def test_without_an_ova_none_is_made_and_no_key_for_it(stage: Sandboxed, environment: Environment) -> None:
    other = tenant(stage, "plain", on_a_cluster("plain", root_ca(stage, environment.outputs())))
    assert not any("jumpbox" in str(step.key) for step in other.plan())


def test_on_clusters_that_are_there_an_environment_has_its_own(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    before = census(stage)
    other = tenant(
        stage, "annex", on_a_cluster("annex", root_ca(stage, environment.outputs()), environment.section["jumpbox"])
    )
    failed = [found for found in other.preflight() if found.severity is Severity.FAIL]
    assert [found.what for found in failed] == [f"{stage.where.space[5]} is the address of VM sandbox-jumpbox"]
    other.edit(lambda document: document.update(address_space="127.9.0.0/16"))
    other.edit(lambda document: document["iaas"]["vsphere"].update(addresses=moved(document)))
    document = other.pave()
    assert document.jumpbox is not None
    assert str(document.jumpbox.address) == "127.9.0.5"
    assert document.jumpbox.host_key != getattr(paved.jumpbox, "host_key", None)
    assert other.plan().empty
    assert environment.plan().empty
    assert not [found for found in other.preflight() if found.severity is Severity.FAIL]
    other.destroy()
    assert census(stage) == before


def moved(document: Document) -> dict[str, str]:
    """Addresses that are kept, in another space."""
    kept: dict[str, str] = document["iaas"]["vsphere"]["addresses"]
    return {name: ".".join(["127", "9", *address.split(".")[2:]]) for name, address in kept.items()}


def write(stage: Sandboxed, values: dict[str, str]) -> None:
    """As its guest or somebody else would."""
    server = stage.vcenter()
    extra = [vim().option.OptionValue(key=key, value=value) for key, value in values.items()]
    server.wait(there(stage).ReconfigVM_Task(vim().vm.ConfigSpec(extraConfig=extra)))


def test_one_that_the_spec_asks_for_no_longer_goes(environment: Environment, paved: PavedEnvironment) -> None:
    stage = environment.sandboxed
    before = dict(environment.section["jumpbox"])
    environment.edit(lambda document: document["iaas"]["vsphere"].pop("jumpbox"))
    assert changes(environment) == {"machine/jumpbox": Action.DELETE, "credential/jumpbox": Action.DELETE}
    assert environment.pave().jumpbox is None
    assert VM not in stage.census("vcenter", "VirtualMachine")
    environment.edit(lambda document: document["iaas"]["vsphere"].update(jumpbox=before))
    environment.pave()
    assert VM in stage.census("vcenter", "VirtualMachine")
