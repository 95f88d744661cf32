"""Somebody at a host or vCenter of the sandbox, with pyVmomi alone: what people do by hand."""

# ruff: noqa: ANN401  pyVmomi's objects carry no types
from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from paver.contract.stage import POLL
from paver_vsphere.sandbox.stage import START
from paver_vsphere.sdk import soap, vim


class Hand:
    """Somebody at a host or vCenter, with pyVmomi alone."""

    def __init__(self, content: Any) -> None:
        self.content = content

    @classmethod
    @contextmanager
    def on(cls, endpoint: str, user: str, password: str) -> Iterator[Hand]:
        """Log in, and out again."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # a sandbox of our own, on loopback
        address, _, port = endpoint.rpartition(":")
        stub: Any = soap().SoapStubAdapter(
            host=address,
            port=int(port),
            version="vim.version.v8_0_2_0",
            sslContext=context,
            httpConnectionTimeout=15,
        )
        content = vim().ServiceInstance("ServiceInstance", stub).RetrieveContent()
        content.sessionManager.Login(user, password)
        try:
            yield cls(content)
        finally:
            content.sessionManager.Logout()
            stub.DropConnections()

    def read(self, obj: Any, path: str) -> Any:
        """One property; a path may be dotted."""
        found = getattr(obj, path.partition(".")[0])
        for part in path.split(".")[1:]:
            found = getattr(found, part)
        return found

    def all(self, kind: Any) -> dict[str, Any]:
        """Every object of a type, by name."""
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [kind], True)
        try:
            return {one.name: one for one in view.view}
        finally:
            view.DestroyView()

    def wait(self, task: Any) -> Any:
        """The end of a task."""
        deadline = time.monotonic() + START
        while True:
            info = task.info
            if info.state == "success":
                return info.result
            if info.state == "error":
                raise info.error
            if time.monotonic() > deadline:
                raise TimeoutError(f"{info.descriptionId} does not end")
            time.sleep(POLL)

    def port_group(self, name: str, vlan: int) -> None:
        """On the first standard switch of an ESXi host."""
        host = next(iter(self.all(vim().HostSystem).values()))
        policy = vim().host.NetworkPolicy()
        spec = vim().host.PortGroup.Specification(name=name, vlanId=vlan, vswitchName="vSwitch0", policy=policy)
        host.configManager.networkSystem.AddPortGroup(spec)

    def machine(self, name: str, marks: Mapping[str, str], datastore: str = "datastore1", folder: Any = None) -> None:
        """A VM, in the first datacenter's own folder unless another is given."""
        folder = folder or next(iter(self.all(vim().Datacenter).values())).vmFolder
        pool = next(iter(self.all(vim().ResourcePool).values()))
        config = vim().vm.ConfigSpec(
            name=name,
            guestId="otherGuest",
            numCPUs=1,
            memoryMB=64,
            files=vim().vm.FileInfo(vmPathName=f"[{datastore}] {name}/{name}.vmx"),
            extraConfig=[vim().option.OptionValue(key=key, value=value) for key, value in marks.items()],
        )
        self.wait(folder.CreateVM_Task(config, pool))
