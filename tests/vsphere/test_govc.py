"""Another client, of another author, reads what was paved; and the director's user can do what it must, and no more."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from environments import Document, Environment
from sandboxes import Sandboxed

from paver import api
from paver.contract.environment import PavedEnvironment
from paver_vsphere.sandbox.build import cache_directory

pytestmark = pytest.mark.sandbox

VERSION = "v0.46.3"
TIMEOUT = 600


def smaller(document: Document) -> None:
    """Two zones are enough to read, one of two hosts, one a host group; their hosts are set as well."""
    document["zones"] = 2
    section = document["iaas"]["vsphere"]
    section["zones"]["z1"]["hosts"] += section["zones"].pop("z3")["hosts"]
    section["zones"]["z2"]["host_group"] = {}
    section["groups"] = {"VSPHERE.LOCAL\\ReadOnlyUsers": "ReadOnly"}
    section["mtu"] = 9000
    section["vlans"]["services"] = [300, "100-200"]
    section["security"] = {"lb": {"forged_transmits": True}}
    section["host_settings"] = {
        "ntp": ["ntp-1.example.com", "ntp-2.example.com"],
        "dns_servers": ["10.1.0.53"],
        "search_domains": ["example.com"],
        "services": {"ssh": True, "ntpd": True},
        "port_groups": {"vmotion": {"vlan": 30}},
    }


@pytest.fixture(scope="module")
def program() -> Path:
    """Built once into the cache directory, through the Go module proxy."""
    directory = cache_directory().parent / "tools" / f"govc-{VERSION}"
    if not (directory / "govc").exists():
        go = shutil.which("go")
        if go is None:
            pytest.skip("govc is built by go, which is not on PATH")
        built = subprocess.run(
            [go, "install", f"github.com/vmware/govmomi/govc@{VERSION}"],
            env={**os.environ, "GOBIN": str(directory), "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if built.returncode != 0:
            pytest.skip(f"govc cannot be built here: {built.stderr.strip().splitlines()[-1:]}")
    return directory / "govc"


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Environment:
    return Environment(stage, smaller)


@pytest.fixture(scope="module")
def paved(environment: Environment) -> PavedEnvironment:
    return environment.pave()


class Govc:
    """govc as one user, with the root CA of the environment document and nothing else to trust."""

    def __init__(self, program: Path, stage: Sandboxed, ca: Path, user: str, password: str) -> None:
        self.program = program
        self.environ = {
            "HOME": str(stage.directory),
            "GOVC_URL": f"https://{stage.where.vcenter}:{stage.where.vcenter_port}/sdk",
            "GOVC_USERNAME": user,
            "GOVC_PASSWORD": password,
            "GOVC_TLS_CA_CERTS": str(ca),
            "GOVC_INSECURE": "false",
            "GOVC_PERSIST_SESSION": "false",
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.program), *arguments], env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )

    def lines(self, *arguments: str) -> set[str]:
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return set(result.stdout.split("\n")) - {""}

    def json(self, *arguments: str) -> Any:  # noqa: ANN401  any JSON
        result = self.run(arguments[0], "-json", *arguments[1:])
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def ca(stage: Sandboxed, paved: PavedEnvironment) -> Path:
    path = stage.directory / "root.pem"
    path.write_text(paved.certificates.trusted["iaas"].pem)
    return path


@pytest.fixture(scope="module")
def govc(program: Path, stage: Sandboxed, ca: Path) -> Govc:
    return Govc(program, stage, ca, "administrator@vsphere.local", stage.password("vcenter"))


@pytest.fixture(scope="module")
def director(program: Path, stage: Sandboxed, ca: Path, environment: Environment, paved: PavedEnvironment) -> Govc:
    """As the service user that paver has made, with the password that its store has."""
    principal = paved.credentials["bosh-cpi"].principal
    assert principal is not None
    secrets, _ = api.subject_of(environment.loaded(), environment.options())
    return Govc(program, stage, ca, principal, secrets.minted("bosh-cpi").get_secret_value())


def test_govc_finds_the_inventory_that_was_paved(govc: Govc, stage: Sandboxed, paved: PavedEnvironment) -> None:
    hosts = [host.rpartition(":")[0] for host in stage.where.hosts]
    assert govc.lines("find", "/", "-type", "d") == {"/sandbox"}
    assert govc.lines("find", "/", "-type", "c") == {"/sandbox/host/sandbox-z1", "/sandbox/host/sandbox-z2"}
    assert govc.lines("find", "/", "-type", "h") == {
        f"/sandbox/host/sandbox-z{number}/{host}" for number, host in zip((1, 2, 1), hosts, strict=True)
    }
    assert govc.lines("find", "/", "-type", "p", "-name", "sandbox") == {
        f"/sandbox/host/sandbox-z{number}/Resources/sandbox" for number in (1, 2)
    }
    assert govc.lines("find", "/sandbox/vm", "-type", "f") == {
        "/sandbox/vm",
        "/sandbox/vm/Discovered virtual machine",
        "/sandbox/vm/sandbox",
        "/sandbox/vm/sandbox/templates",
        "/sandbox/vm/sandbox/vms",
    }
    assert govc.lines("find", "/", "-type", "w") == {"/sandbox/network/sandbox"}
    groups = {f"/sandbox/network/sandbox-{name}" for name in paved.networks}
    assert groups <= govc.lines("find", "/", "-type", "g")
    assert {f"/sandbox/datastore/sandbox-{name}" for name in ("vms", "disks")} <= govc.lines("find", "/", "-type", "s")


def test_govc_reads_vlans_exports_and_marks(govc: Govc, stage: Sandboxed, environment: Environment) -> None:
    for name, vlan in {"management": 20, "workload": 22, "lb": 23}.items():
        found = govc.json("object.collect", f"/sandbox/network/sandbox-{name}", "config")
        text = json.dumps(found)
        assert f'"vlanId": {vlan}' in text
        assert f"owner={environment.id} environment=sandbox key=port-group/{name}" in text
    for name in ("vms", "disks"):
        info = json.dumps(govc.json("datastore.info", f"/sandbox/datastore/sandbox-{name}"))
        server, _, path = stage.where.exports[name].partition(":")
        assert server in info
        assert path in info


def test_govc_reads_mtu_trunk_and_policy(govc: Govc, paved: PavedEnvironment) -> None:
    assert '"maxMtu": 9000' in json.dumps(govc.json("object.collect", "/sandbox/network/sandbox", "config"))
    ports = {
        name: json.dumps(govc.json("object.collect", f"/sandbox/network/sandbox-{name}", "config.defaultPortConfig"))
        for name in ("services", "workload", "lb")
    }
    assert '"start": 100, "end": 200' in ports["services"]
    assert '"start": 300, "end": 300' in ports["services"]
    assert [name for name, text in ports.items() if '"forgedTransmits": true' in text] == ["lb"]
    assert not [
        name for name, text in ports.items() if '"allowPromiscuous": true' in text or '"macChanges": true' in text
    ]


def test_govc_reads_the_host_group_that_a_zone_is(govc: Govc, stage: Sandboxed, environment: Environment) -> None:
    cluster, name = "/sandbox/host/sandbox-z2", f"sandbox-z2-{environment.digits}"
    assert name in " ".join(govc.lines("cluster.group.ls", "-cluster", cluster))
    members = govc.lines("cluster.group.ls", "-cluster", cluster, "-name", name)
    assert stage.where.hosts[1].rpartition(":")[0] in " ".join(members)


def test_govc_reads_the_rule_that_keeps_the_jumpbox_off_the_vcenters_host(
    govc: Govc, environment: Environment, paved: PavedEnvironment
) -> None:
    cluster, name = "/sandbox/host/sandbox-z1", f"sandbox-jumpbox-vcenter-{environment.digits}"
    assert govc.lines("cluster.rule.ls", "-cluster", cluster) == {name}
    assert govc.lines("cluster.rule.ls", "-cluster", cluster, "-name", name) == {"sandbox-jumpbox", "sandbox-vcenter"}
    told = " ".join(" ".join(govc.lines("cluster.rule.info", "-cluster", cluster, "-name", name)).split())
    assert "Type: ClusterAntiAffinityRuleSpec" in told
    config = json.dumps(govc.json("object.collect", cluster, "configurationEx.rule"))
    assert '"enabled": true' in config
    assert '"mandatory": false' in config


def test_govc_reads_what_hosts_are_set_to(govc: Govc, stage: Sandboxed) -> None:
    for number, host in enumerate(stage.where.hosts[:2], start=1):
        path = f"/sandbox/host/sandbox-z{number}/{host.rpartition(':')[0]}"
        clock = json.dumps(govc.json("host.date.info", "-host", path))
        assert '["ntp-1.example.com", "ntp-2.example.com"]' in clock
        services = {line.split()[0]: line.split()[1:3] for line in govc.lines("host.service.ls", "-host", path)}
        assert services["TSM-SSH"] == services["ntpd"] == ["on", "Running"]
        groups = json.dumps(govc.json("host.portgroup.info", "-host", path))
        assert '"name": "vmotion", "vlanId": 30, "vswitchName": "vSwitch0"' in groups
        dns = json.dumps(govc.json("object.collect", path, "config.network.dnsConfig"))
        assert '"address": ["10.1.0.53"]' in dns
        assert '"searchDomain": ["example.com"]' in dns


def test_govc_reads_the_jumpbox(
    govc: Govc, stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    path = "/sandbox/vm/sandbox/sandbox-jumpbox"
    (vm,) = govc.json("vm.info", "-e", path)["virtualMachines"]
    assert (vm["config"]["hardware"]["numCPU"], vm["config"]["hardware"]["memoryMB"]) == (2, 4096)
    assert (vm["runtime"]["powerState"], vm["guest"]["ipAddress"]) == ("poweredOn", str(stage.where.space[5]))
    extra = {option["key"]: option["value"] for option in vm["config"]["extraConfig"]}
    assert (extra["paver-owner"], extra["paver-key"]) == (str(environment.id), "machine/jumpbox")
    assert paved.jumpbox is not None
    assert extra["paver-host-key"] == paved.jumpbox.host_key
    assert "/sandbox/network/sandbox-management" in " ".join(
        govc.lines("find", "-type", "g", "/", "-name", "sandbox-man*")
    )
    pool = govc.json("object.collect", path, "resourcePool")
    (own,) = govc.lines("find", "-i", "/sandbox/host/sandbox-z1/Resources", "-type", "p", "-name", "sandbox")
    assert own.partition(":")[2] in json.dumps(pool)


def test_govc_reads_roles_and_grants(govc: Govc, environment: Environment) -> None:
    digits = environment.digits
    who = f"VSPHERE.LOCAL\\sandbox-bosh-cpi-{digits}"
    granted = {
        path: [line.split()[0] for line in govc.lines("permissions.ls", "-a=false", path) if who in line]
        for path in ("/", "/sandbox", "/sandbox/vm/sandbox", "/sandbox/datastore/sandbox-disks")
    }
    assert granted == {
        "/": [f"sandbox-root-{digits}"],
        "/sandbox": [f"sandbox-datacenter-{digits}"],
        "/sandbox/vm/sandbox": [f"sandbox-objects-{digits}"],
        "/sandbox/datastore/sandbox-disks": [f"sandbox-objects-{digits}"],
    }
    assert "Datastore.FileManagement" in govc.lines("role.ls", f"sandbox-datacenter-{digits}")
    assert "VirtualMachine.Inventory.Create" in govc.lines("role.ls", f"sandbox-objects-{digits}")


def test_govc_reads_what_a_group_may_do(govc: Govc, paved: PavedEnvironment) -> None:
    """The role, on what, who, and whether it reaches down."""
    found = [line.split() for line in govc.lines("permissions.ls", "-a=false", "/sandbox") if "ReadOnlyUsers" in line]
    assert [(line[0], line[-2], line[-1]) for line in found] == [("ReadOnly", "VSPHERE.LOCAL\\ReadOnlyUsers", "Yes")]


def test_without_the_root_ca_govc_trusts_nobody(program: Path, stage: Sandboxed, govc: Govc) -> None:
    one = Govc(program, stage, Path(os.devnull), "administrator@vsphere.local", stage.password("vcenter"))
    one.environ.pop("GOVC_TLS_CA_CERTS")
    result = one.run("about")
    assert result.returncode != 0
    assert "x509" in result.stderr


def test_the_director_logs_in_and_works_in_its_own_places(director: Govc, paved: PavedEnvironment) -> None:
    assert "/sandbox/vm/sandbox/vms" in director.lines("find", "/sandbox/vm", "-type", "f")
    assert director.run("folder.create", "/sandbox/vm/sandbox/vms/job").returncode == 0
    assert director.run("object.destroy", "/sandbox/vm/sandbox/vms/job").returncode == 0


def test_the_director_may_not_touch_what_it_does_not_need(director: Govc, paved: PavedEnvironment) -> None:
    for refused in [
        ("folder.create", "/sandbox/vm/elsewhere"),
        ("datacenter.create", "elsewhere"),
        ("cluster.create", "-dc", "sandbox", "elsewhere"),
        ("object.destroy", "/sandbox/host/sandbox-z1"),
        ("role.create", "elsewhere"),
    ]:
        result = director.run(*refused)
        assert result.returncode != 0, refused
        assert "ermission" in result.stderr, (refused, result.stderr)


def test_a_wrong_password_is_refused(program: Path, stage: Sandboxed, ca: Path, paved: PavedEnvironment) -> None:
    principal = paved.credentials["bosh-cpi"].principal
    assert principal is not None
    result = Govc(program, stage, ca, principal, "not-the-password").run("ls")
    assert result.returncode != 0
    assert "Login failure" in result.stderr
