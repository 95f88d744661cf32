"""What a jumpbox is told and tells, what the section may say of it, and whether paver runs on it."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from example import example

from paver.contract.errors import Rejected
from paver.contract.resource import Key, Ref
from paver_vsphere import here
from paver_vsphere.driver import VsphereDriver
from paver_vsphere.jumpbox.cloud_init import guest_data, told_host_key
from paver_vsphere.jumpbox.importing import refuse_unfit
from paver_vsphere.jumpbox.wanted import Machine
from paver_vsphere.ova import Ova
from paver_vsphere.sandbox.ova import write_jumpbox, write_ova
from paver_vsphere.settings import VsphereJumpbox

OVA: dict[str, Any] = {"ova": "files/jumpbox.ova", "sha256": "ab" * 32}
HOST_KEY = "ssh-ed25519 " + "A" * 68
UUID = "564d8a3b-1c2d-3e4f-5061-728394a5b6c7"
TURNED = "3b8a4d56-2d1c-4f3e-5061-728394a5b6c7"
CARD = "00:50:56:8a:01:02"


def machine(section: dict[str, Any] | None = None, spec: dict[str, Any] | None = None) -> Machine | None:
    found = VsphereDriver().resources(*example(spec, {"jumpbox": OVA, **(section or {})}))
    return next((want for want in found if isinstance(want, Machine)), None)


def problems(spec: dict[str, Any] | None, section: dict[str, Any]) -> dict[str, str]:
    found = VsphereDriver().problems(*example(spec, section))
    return {".".join(map(str, path)): message for path, message in found}


def test_a_public_one_stands_in_the_lb_network_and_any_other_in_management() -> None:
    public, inner = machine(), machine(spec={"jumpbox": {}})
    assert public is not None
    assert inner is not None
    assert (public.address, public.network) == ("10.20.32.5", Ref(to=Key(kind="port-group", name="lb")))
    assert (inner.address, inner.network) == ("10.20.0.5", Ref(to=Key(kind="port-group", name="management")))


def test_in_a_network_that_is_there_it_is_plugged_in_by_that() -> None:
    networks = {"management": {"existing": True}, "services": {}, "workload": {}, "lb": {}}
    want = machine({"port_groups": {"management": "dmz"}}, {"jumpbox": {}, "networks": networks})
    assert want is not None
    assert want.network == Ref(to=Key(kind="network", name="management"))


def test_it_stands_in_its_zones_pool_on_its_zones_hosts_and_on_the_first_ephemeral_datastore() -> None:
    want = machine()
    assert want is not None
    assert want.pool == Ref(to=Key(kind="resource-pool", name="z1"))
    assert want.folder == Ref(to=Key(kind="folder", name="staging"))
    assert want.datastore == Ref(to=Key(kind="datastore", name="vms"))
    assert dict(want.hosts) == {"esxi-1": Ref(to=Key(kind="host", name="esxi-1"))}
    other = machine({"jumpbox": {**OVA, "datastore": "disks"}})
    assert other is not None
    assert other.datastore == Ref(to=Key(kind="datastore", name="disks"))


def test_on_a_cluster_or_a_group_that_is_there_any_of_its_hosts_carries_it() -> None:
    zones = {"z1": {"cluster": "shared"}, "z2": {"cluster": "shared"}, "z3": {"cluster": "shared"}}
    want = machine({"appliance": None, "zones": zones})
    assert want is not None
    assert dict(want.hosts) == {"cluster-z1": Ref(to=Key(kind="cluster", name="z1"), output="hosts")}
    grouped = {**zones, "z1": {"cluster": "shared", "host_group": {"existing": "rack-1"}}}
    want = machine({"appliance": None, "zones": grouped})
    assert want is not None
    assert dict(want.hosts) == {"group": Ref(to=Key(kind="host-group", name="z1"), output="hosts")}


def test_none_is_wanted_without_an_ova_or_where_it_is_there() -> None:
    assert machine({"jumpbox": None}) is None
    assert machine(spec={"jumpbox": {"existing": True}}) is None


@pytest.mark.parametrize(
    ("spec", "section", "path"),
    [
        ({"jumpbox": {"existing": True}}, {"jumpbox": OVA}, "iaas.vsphere.jumpbox"),
        (None, {"jumpbox": {**OVA, "datastore": "blobs"}}, "iaas.vsphere.jumpbox.datastore"),
        (
            {"datastores": {"disks": {"purpose": "persistent"}, "blobs": {"purpose": "object"}}},
            {
                "jumpbox": OVA,
                "appliance": None,
                "datastores": {"disks": {"nfs": "nas.example.com:/staging/disks"}},
            },
            "iaas.vsphere.jumpbox.datastore",
        ),
    ],
)
def test_a_section_that_does_not_fit_is_named(spec: dict[str, Any] | None, section: dict[str, Any], path: str) -> None:
    assert path in problems(spec, section)


def test_what_the_guest_is_told_can_be_read_and_is_no_secret() -> None:
    want = machine()
    assert want is not None
    found = guest_data(want.model_copy(update={"public_key": HOST_KEY}), "one", CARD)
    assert {found[f"guestinfo.{name}.encoding"] for name in ("metadata", "userdata")} == {"base64"}
    metadata = json.loads(b64decode(found["guestinfo.metadata"]))
    assert (metadata["instance-id"], metadata["local-hostname"]) == ("one", "jumpbox.staging.example.com")
    (card,) = metadata["network"]["ethernets"].values()
    assert card["match"] == {"macaddress": CARD}
    text = b64decode(found["guestinfo.userdata"]).decode()
    assert text.startswith("#cloud-config\n")
    config = json.loads(text.partition("\n")[2])
    assert config["users"][0]["ssh_authorized_keys"] == [HOST_KEY]
    assert (config["ssh_pwauth"], config["disable_root"], config["ssh_deletekeys"]) == (False, True, True)
    assert "PRIVATE" not in text


@pytest.mark.parametrize(
    ("told", "key"),
    [
        (f"{HOST_KEY} root@jumpbox\n", HOST_KEY),
        (HOST_KEY, HOST_KEY),
        ("", None),
        ("ssh-ed25519 short", None),
        (f"{HOST_KEY}\nssh-rsa AAAA", None),
        ("cat: /etc/ssh/ssh_host_ed25519_key.pub: No such file or directory", None),
    ],
)
def test_a_host_key_is_taken_only_where_it_is_one(told: str, key: str | None) -> None:
    assert told_host_key({"guestinfo.paver-host-key": told}) == key


def shown(root: Path, *, uuid: str | None = None, card: str = "52:54:00:00:00:01") -> None:
    """A machine as Linux shows it."""
    (root / "class" / "net" / "eth0").mkdir(parents=True)
    (root / "class" / "net" / "eth0" / "address").write_text(f"{card}\n")
    (root / "class" / "dmi" / "id").mkdir(parents=True)
    if uuid is not None:
        (root / "class" / "dmi" / "id" / "product_uuid").write_text(f"{uuid}\n")


@pytest.mark.parametrize(
    ("uuid", "card", "is_here"),
    [
        (UUID, "52:54:00:00:00:01", True),
        (UUID.upper(), "52:54:00:00:00:01", True),
        (TURNED, "52:54:00:00:00:01", True),
        ("4c4c4544-0000-2010-8020-80c04f202020", CARD, False),
        ("Not Settable", CARD, False),
        (None, CARD, True),
        (None, "52:54:00:00:00:01", False),
    ],
)
def test_a_machine_is_this_one_by_its_uuid_or_where_that_is_not_shown_by_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uuid: str | None, card: str, *, is_here: bool
) -> None:
    shown(tmp_path, uuid=uuid, card=card)
    monkeypatch.setattr(here, "SYSTEM", tmp_path)
    assert here.runs_here(UUID, [CARD.upper()]) is is_here


def test_where_nothing_is_shown_no_machine_is_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "SYSTEM", tmp_path / "none")
    assert not here.runs_here(UUID, [CARD])


def test_the_sandboxs_ova_is_one_that_will_do_and_says_what_it_takes(tmp_path: Path) -> None:
    wanted = VsphereJumpbox(ova="jumpbox.ova", sha256=write_jumpbox(tmp_path / "jumpbox.ova"))
    ova = Ova.open(tmp_path / "jumpbox.ova")
    refuse_unfit(ova, wanted)
    assert ova.capacity == 1 << 20
    assert 0 < ova.size < (tmp_path / "jumpbox.ova").stat().st_size


def test_a_licence_that_nobody_accepted_is_refused(tmp_path: Path) -> None:
    wanted = VsphereJumpbox(ova="appliance.ova", sha256=write_ova(tmp_path / "appliance.ova"))
    with pytest.raises(Rejected, match="is not accepted"):
        refuse_unfit(Ova.open(tmp_path / "appliance.ova"), wanted)
