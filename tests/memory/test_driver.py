from ipaddress import IPv4Address
from pathlib import Path

import pytest
import yaml
from memory_hands import THEM, US, Build, Hands, Passwords, settings_of, spec_of
from pydantic import JsonValue

from paver.contract.capabilities import Capability
from paver.contract.checks import settings_problems
from paver.contract.driver import Cause, Severity
from paver.contract.errors import NotFound
from paver.contract.resource import Inventory, Key, Ref, references
from paver.memory.conditions import Conditions
from paver.memory.driver import MemoryDriver
from paver.memory.faults import Fault
from paver.memory.settings import MemorySettings


def failures(hands: Hands) -> dict[str, list[tuple[str, Cause]]]:
    found: dict[str, list[tuple[str, Cause]]] = {}
    for finding in hands.driver.preflight(hands.spec, hands.settings, Passwords()):
        if finding.severity is Severity.FAIL:
            found.setdefault(finding.check, []).append((finding.what, finding.cause))
    return found


def test_the_same_spec_gives_the_same_resources_without_any_call(hands: Hands) -> None:
    wanted = hands.driver.resources(hands.spec, hands.settings)
    assert wanted == hands.driver.resources(hands.spec, hands.settings)
    assert len({want.key for want in wanted}) == len(wanted)
    assert hands.hand.calls() == {"mutating": {}, "reading": {}, "bookkeeping": {}}


def test_the_sandboxes_spec_has_every_kind(hands: Hands) -> None:
    hands.make("network/management")
    hands.make("subnet/management/z1")
    hands.make("control-plane/main")
    kinds = {kind for session in hands.sessions.values() for kind in session.kinds}
    assert {key.kind for key in hands.wants()} == kinds


def test_the_driver_can_do_everything_and_its_spec_has_no_problem(hands: Hands) -> None:
    assert hands.driver.capabilities == set(Capability)
    assert list(hands.driver.problems(hands.spec, hands.settings)) == []
    assert list(settings_problems(hands.spec, "memory", hands.settings, hands.driver.capabilities)) == []


def test_credentials_are_accounts_or_keys_and_only_keys_show_their_secret(build: Build) -> None:
    keys = {str(key) for key in build().wants()}
    assert {"account/bosh-cpi", "key/blobstore"} <= keys
    without = build(spec_of(memory={"control_plane": False}))
    assert {"key/bosh-cpi", "key/blobstore"} <= {str(key) for key in without.wants()}
    assert all(want.scope is None for want in without.wants().values())
    without.pave()
    described = without.driver.describe(without.spec, without.settings, without.see(), without.session.identity())
    assert described.services == {}
    assert MemoryDriver.shows == {"key"}


def test_names_in_the_section_that_nothing_bears_are_problems_at_their_place(tmp_path: Path) -> None:
    spec = spec_of(memory={"existing": {"lb": "x"}, "retain": ["network/lb", "network/moon"]})
    found = dict(MemoryDriver().problems(spec, settings_of(spec, tmp_path)))
    assert set(found) == {("iaas", "memory", "existing", "lb"), ("iaas", "memory", "retain", 1)}


def test_a_given_jumpbox_is_described_as_it_is_and_comes_with_a_key(build: Build, tmp_path: Path) -> None:
    world = build().world
    fields: dict[str, JsonValue] = {"address": "10.40.0.5", "zone": "z2", "public": False}
    given = world.create("machine", "bastion", fields=fields)["id"]
    world.get(given)
    keyless = spec_of(jumpbox={"existing": True}, memory={"existing": {"jumpbox": "bastion"}})
    assert [path for path, _ in MemoryDriver().problems(keyless, settings_of(keyless, tmp_path))] == [
        ("iaas", "memory", "jumpbox_key")
    ]
    memory = {"existing": {"jumpbox": "bastion"}, "jumpbox_key": "file:bastion#key"}
    hands = build(spec_of(jumpbox={"existing": True}, memory=memory), on=world)
    assert list(hands.driver.problems(hands.spec, hands.settings)) == []
    hands.clock.pass_(3)
    hands.pave()
    described = hands.driver.describe(hands.spec, hands.settings, hands.see(), hands.session.identity())
    assert described.jumpbox is not None
    assert (str(described.jumpbox.address), described.jumpbox.zone) == ("10.40.0.5", "z2")
    assert str(described.jumpbox.key) == "file:bastion#key"
    assert hands.made[Key.parse("machine/jumpbox")].id == given


def test_an_account_comes_after_the_password_that_paver_makes_for_it(hands: Hands) -> None:
    want = hands.wants()[Key.parse("account/bosh-cpi")]
    assert Ref(to=Key.parse("credential/bosh-cpi"), output="made_at") in list(references(want))


def test_what_is_to_be_left_is_marked_so(build: Build) -> None:
    wants = build(spec_of(memory={"retain": ["network/lb"]})).wants()
    assert [str(key) for key, want in wants.items() if want.retain] == ["network/lb"]


def test_the_world_lies_beside_the_spec(tmp_path: Path) -> None:
    assert settings_of(spec_of(), tmp_path).path == str(tmp_path / "world.json")


def test_the_account_that_the_section_demands_is_the_target() -> None:
    driver = MemoryDriver()
    assert driver.target(MemorySettings(path="w")) == {}
    demanding = MemorySettings(path="w", account="123456789012")
    assert driver.target(demanding) == {"account": "123456789012"}
    assert "123456789012" in driver.location(demanding)


def test_the_template_is_a_section_with_nothing_left_to_fill_in() -> None:
    text = MemoryDriver().template(["z1", "z2"])
    section = yaml.safe_load(text)["memory"]
    assert set(MemorySettings.model_validate(section).zones or {}) == {"z1", "z2"}
    assert "FILL IN" not in text


def test_the_sandbox_needs_no_process_and_its_spec_bears_the_owner(tmp_path: Path) -> None:
    sandbox = MemoryDriver().sandbox()
    assert sandbox is not None
    assert list(sandbox.prepare(tmp_path, print)) == []
    assert yaml.safe_load(sandbox.spec(tmp_path, US))["id"] == str(US)


def test_without_a_world_the_driver_works_on_the_file(tmp_path: Path) -> None:
    spec = spec_of()
    session = MemoryDriver().connect(settings_of(spec, tmp_path), Passwords(), spec.owner)
    assert session.identity()["id"] == "000000000001"
    assert (tmp_path / "world.json").exists()


def test_the_description_comes_from_the_inventory_alone(build: Build) -> None:
    spec = spec_of(
        load_balancers={
            "concourse": {"ports": [443]},
            "ssh": {"ports": [{"listen": 22, "target": 2222}], "public": True},
        },
        jumpbox={"public": True, "allow": ["198.51.100.0/24"]},
        datastores={
            "vms": {"purpose": "ephemeral", "capacity_gib": 50},
            "disks": {"purpose": "persistent", "encrypted": True},
            "blobs": {"purpose": "object"},
        },
    )
    hands = build(spec)
    hands.pave()
    identity = hands.session.identity()
    described = hands.driver.describe(spec, hands.settings, hands.see(), identity)
    another = build(spec, on=hands.world)
    another.sessions.update(hands.sessions)
    assert another.driver.describe(spec, another.settings, another.see(), identity) == described
    assert described.zones["z1"].fault_domain == "rack-1"
    assert set(described.networks["workload"].subnets) == {"workload-z1", "workload-z2"}
    subnet = described.networks["workload"].subnets["workload-z2"]
    assert subnet.driver["subnet"] == hands.made[Key.parse("subnet/workload/z2")].id
    assert subnet.dns == (IPv4Address("10.40.0.2"),)
    assert (described.datastores["vms"].capacity_gib, described.datastores["disks"].encrypted) == (50, True)
    assert described.datastores["blobs"].object is not None
    assert described.datastores["blobs"].object.bucket == "sandbox-blobs-7c1f0a525c"
    assert described.principals["bosh-cpi"].principal == "sandbox-bosh-cpi"
    assert described.principals["blobstore"].principal == hands.made[Key.parse("key/blobstore")].id
    inner, outer = described.load_balancers["concourse"], described.load_balancers["ssh"]
    lb = described.networks["lb"]
    assert [address in lb.zones[zone].block for zone, address in zip(lb.zones, inner.addresses, strict=True)] == [
        True
    ] * 2
    assert not any(address in lb.cidr for address in outer.addresses)
    assert described.jumpbox is not None
    assert described.jumpbox.address == lb.assigned["jumpbox"]
    assert described.jumpbox.public_address is not None
    assert described.jumpbox.host_key.startswith("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI")
    assert described.services["iaas"].credential == "bosh-cpi"


def test_zones_on_one_fault_domain_share_their_fate(build: Build) -> None:
    hands = build(spec_of(memory={"zones": {"z1": "rack-1", "z2": "rack-1"}}))
    hands.pave()
    described = hands.driver.describe(hands.spec, hands.settings, hands.see(), hands.session.identity())
    assert described.zones["z1"].shares_fate_with == ("z2",)


def test_an_environment_that_is_not_there_is_not_described(hands: Hands) -> None:
    with pytest.raises(NotFound, match="control-plane/main"):
        hands.driver.describe(hands.spec, hands.settings, Inventory(), hands.session.identity())


def test_preflight_of_a_good_spec_finds_nothing_and_changes_nothing(hands: Hands) -> None:
    assert failures(hands) == {}
    hands.pave()
    before = hands.hand.mutations()
    assert failures(hands) == {}
    assert hands.hand.mutations() == before


def test_preflight_tells_everything_at_once(build: Build) -> None:
    theirs = build(spec_of(THEM))
    theirs.pave()
    memory = {
        "account": "999999999999",
        "quota": {"network": 6, "subnet": 99},
        "denied": ["volume.create", "gateway.delete"],
    }
    networks: dict[str, object] = {name: {} for name in ("management", "services", "lb")}
    networks["workload"] = {"existing": True}
    spec = spec_of(US, networks=networks, memory={**memory, "existing": {"workload": "moon"}})
    found = failures(build(spec, on=theirs.world))
    assert set(found) == {"identity", "permission", "quota", "names", "given"}
    assert found["identity"][0][1] is Cause.TRUST
    assert found["permission"] == [("volume.create is not allowed", Cause.DENIED)]
    assert [what for what, _ in found["quota"]] == [
        "3 of network are to be made, 4 are there, and the account may have 6"
    ]
    assert str(THEM) in found["names"][0][0]
    assert "moon" in found["given"][0][0]


def test_preflight_counts_what_is_already_there_against_the_quota_once(build: Build) -> None:
    hands = build(spec_of(memory={"quota": {"network": 4}}))
    assert "quota" not in failures(hands)
    hands.pave()
    assert "quota" not in failures(hands)
    hands.world.create("network", "another", fields={})
    assert failures(hands)["quota"][0][0].startswith("0 of network")


def test_preflight_asks_again_where_nobody_answered(build: Build) -> None:
    hands = build(faults=lambda _operation, _mutating, number: Fault.TRANSIENT if number % 2 else None)
    assert failures(hands) == {}


def test_preflight_says_what_it_could_not_read(build: Build) -> None:
    hands = build(conditions=Conditions(denied=frozenset({"subnet.list"})))
    assert failures(hands) == {"subnet": [("subnet.list is not allowed", Cause.DENIED)]}


def test_preflight_of_a_file_that_is_no_world_says_so(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text("{")
    spec = spec_of()
    (finding,) = MemoryDriver().preflight(spec, settings_of(spec, tmp_path), Passwords())
    assert (finding.check, finding.severity) == ("reach", Severity.FAIL)
