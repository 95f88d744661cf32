"""A running sandbox for tests, and pyVmomi calls on it: the driver's own code is not what proves the sandbox."""

# ruff: noqa: ANN401  pyVmomi's objects carry no types
from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import tarfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from pyVmomi import SoapStubAdapter, vim, vmodl

from paver_vsphere.sandbox import VsphereSandbox
from paver_vsphere.sandbox.layout import Layout, free_space, layout
from paver_vsphere.sandbox.ova import DISK, NETWORK

SETTINGS = {"first_boot": {"outcome": "CONFIGURED", "seconds": 0.2}, "lease_seconds": 2, "idle_seconds": 300}


class Sandboxed:
    """One sandbox, started for a test module."""

    def __init__(self, directory: Path, where: Layout | None = None, **settings: Any) -> None:
        self.directory = directory
        self.where = where or layout(free_space())
        self.sandbox = VsphereSandbox(self.where, {**SETTINGS, **settings})
        self.command = self.sandbox.prepare(directory, print)
        self.log = (directory / "log").open("w")
        self.process = subprocess.Popen(self.command, stderr=self.log)
        deadline = time.monotonic() + 20
        while not (directory / "ready.json").exists():
            assert self.process.poll() is None, (directory / "log").read_text()
            assert time.monotonic() < deadline, (directory / "log").read_text()
            time.sleep(0.02)
        self.ready = json.loads((directory / "ready.json").read_text())

    def close(self) -> None:
        while STUBS:
            STUBS.pop().DropConnections()  # pyVmomi leaves its sockets to the collector
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
        assert "the simulator failed" not in (said := (self.directory / "log").read_text()), said

    def password(self, name: str) -> str:
        return (self.directory / f"{name}.password").read_text().strip()

    def control(self, path: str, body: Any = None) -> Any:
        """Ask the control endpoint; a body makes it a POST. A refusal is a ValueError."""
        connection = http.client.HTTPConnection(self.ready["control"].removeprefix("http://"), timeout=10)
        with closing(connection):
            data = None if body is None else json.dumps(body)
            method = "GET" if body is None else "POST"
            connection.request(method, path, data, {"Authorization": f"Bearer {self.ready['token']}"})
            answer = connection.getresponse()
            text = answer.read()
        if answer.status >= 400:
            raise ValueError(text.decode())
        return json.loads(text) if text else None

    def census(self, scope: str, kind: str) -> dict[str, dict[str, Any]]:
        return {one["path"]: one["props"] for one in self.control("/census")[scope] if one["type"] == kind}

    def esxi(self, number: int = 0, password: str = "") -> Server:
        address, port = self.where.hosts[number].rsplit(":", 1)
        return Server(address, int(port), "root", password or self.password("esxi"))

    def vcenter(self, user: str = "administrator@vsphere.local", password: str = "") -> Server:
        return Server(self.where.vcenter, self.where.vcenter_port, user, password or self.password("vcenter"))

    def setup(self, password: str = "") -> dict[str, Any]:
        """The appliance's own word on its first boot."""
        connection = http.client.HTTPSConnection(
            self.where.vcenter, self.where.setup_port, context=unverified(), timeout=10
        )
        request = basic("root", password or self.password("root"))
        with closing(connection):
            connection.request("GET", "/rest/vcenter/deployment", headers=request)
            answer = connection.getresponse()
            if answer.status != 200:
                return {"status_code": answer.status}
            told: dict[str, Any] = json.loads(answer.read())
            return told

    def appliance(self, host: Server | None = None, name: str = "vcenter") -> vim.VirtualMachine:
        """Import the appliance and power it on."""
        host = host or self.esxi()
        vm = host.imported(self.directory / "appliance.ova", name)
        host.wait(vm.ReconfigVM_Task(vim.vm.ConfigSpec(extraConfig=[self.environment()])))
        host.wait(vm.PowerOnVM_Task())
        return vm

    def environment(self, **changed: str) -> vim.option.OptionValue:
        values = {
            "appliance.net.addr.family": "ipv4",
            "appliance.net.mode": "static",
            "appliance.net.addr": self.where.vcenter,
            "appliance.net.prefix": "20",
            "appliance.net.gateway": str(self.where.space[1]),
            "appliance.net.pnid": self.where.vcenter,
            "appliance.root.passwd": self.password("root"),
            "vmdir.password": self.password("vcenter"),
            "vmdir.domain-name": "vsphere.local",
            "deployment.autoconfig": "True",
            **changed,
        }
        properties = "".join(
            f'<Property oe:key="guestinfo.cis.{key}" oe:value={quoteattr(value)}/>' for key, value in values.items()
        )
        text = (
            '<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" '
            'xmlns:oe="http://schemas.dmtf.org/ovf/environment/1">'
            f"<PropertySection>{properties}</PropertySection></Environment>"
        )
        return vim.option.OptionValue(key="guestinfo.ovfEnv", value=text)

    def configured(self) -> Server:
        """A vCenter, and the administrator's connection to it."""
        self.appliance()
        deadline = time.monotonic() + 20
        while True:
            try:
                if self.setup().get("state") == "CONFIGURED":
                    return self.vcenter()
            except OSError:
                pass
            assert time.monotonic() < deadline, (self.directory / "log").read_text()
            time.sleep(0.05)

    def connect_spec(self, number: int, **changed: Any) -> vim.host.ConnectSpec:
        address, port = self.where.hosts[number].rsplit(":", 1)
        fields = {
            "hostName": address,
            "port": int(port),
            "userName": "root",
            "password": self.password("esxi"),
            "sslThumbprint": self.ready["hosts"][number]["thumbprint"],
            "force": False,
            **changed,
        }
        return vim.host.ConnectSpec(**fields)


def basic(user: str, password: str) -> dict[str, str]:
    import base64  # noqa: PLC0415  one use

    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


STUBS: list[SoapStubAdapter] = []


class Server:
    """A logged-in connection to an ESXi host or a vCenter."""

    def __init__(self, address: str, port: int, user: str, password: str) -> None:
        self.address, self.port = address, port
        self.stub = SoapStubAdapter(
            host=address, port=port, version="vim.version.v8_0_2_0", sslContext=unverified(), httpConnectionTimeout=15
        )
        STUBS.append(self.stub)
        self.content = vim.ServiceInstance("ServiceInstance", self.stub).RetrieveContent()
        self.session = self.content.sessionManager.Login(user, password)

    def wait(self, task: vim.Task) -> Any:
        deadline = time.monotonic() + 20
        while True:
            info = self.read(task, "info")
            if info.state == "success":
                return info.result
            if info.state == "error":
                raise info.error
            assert time.monotonic() < deadline, "the task does not end"
            time.sleep(0.02)

    def read(self, obj: Any, name: str) -> Any:
        spec = vmodl.query.PropertyCollector
        found = self.content.propertyCollector.RetrievePropertiesEx(
            [
                spec.FilterSpec(
                    objectSet=[spec.ObjectSpec(obj=obj)], propSet=[spec.PropertySpec(type=type(obj), pathSet=[name])]
                )
            ],
            spec.RetrieveOptions(),
        )
        return next((one.val for one in found.objects[0].propSet), None)

    def all(self, kind: Any) -> dict[str, Any]:
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [kind], True)
        return {self.read(obj, "name"): obj for obj in self.read(view, "view")}

    @property
    def host(self) -> vim.HostSystem:
        return next(iter(self.all(vim.HostSystem).values()))

    def manager(self, name: str, host: vim.HostSystem | None = None) -> Any:
        return self.read(host or self.host, f"configManager.{name}")

    def http(self, method: str, path: str, body: bytes = b"", *, cookie: bool = True) -> tuple[int, bytes]:
        headers = {"Cookie": self.stub.cookie.split(";")[0]} if cookie else {}
        connection = http.client.HTTPSConnection(self.address, self.port, context=unverified(), timeout=10)
        with closing(connection):
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def lease(self, ova: Path, name: str) -> tuple[vim.HttpNfcLease, dict[str, bytes]]:
        """Begin an import: the lease, ready, and the OVA's files."""
        with tarfile.open(ova) as archive:
            files = {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]  # files only
        pool = next(iter(self.all(vim.ResourcePool).values()))
        store = next(iter(self.all(vim.Datastore).values()))
        network = self.all(vim.Network)["VM Network"]
        params = vim.OvfManager.CreateImportSpecParams(
            entityName=name,
            deploymentOption="tiny",
            diskProvisioning="thin",
            networkMapping=[vim.OvfManager.NetworkMapping(name=NETWORK, network=network)],
        )
        spec = self.content.ovfManager.CreateImportSpec(files["appliance.ovf"].decode(), pool, store, params)
        assert not spec.error
        folder = self.read(next(iter(self.all(vim.Datacenter).values())), "vmFolder")
        lease = pool.ImportVApp(spec.importSpec, folder)
        deadline = time.monotonic() + 5
        while self.read(lease, "state") != "ready":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return lease, files

    def imported(self, ova: Path, name: str) -> vim.VirtualMachine:
        lease, files = self.lease(ova, name)
        self.upload(lease, files[DISK])
        lease.Complete()
        return self.all(vim.VirtualMachine)[name]

    def upload(self, lease: vim.HttpNfcLease, disk: bytes) -> None:
        info = self.read(lease, "info")
        for device in info.deviceUrl:
            if device.disk:
                path = "/" + device.url.split("/", 3)[3]
                assert self.http("POST", path, disk)[0] == 200
