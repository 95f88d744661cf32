"""However many machines of others stand on ours, all of them hold it, and the first of them are named."""

from __future__ import annotations

import pytest
from pyVmomi import vim
from sandboxes import Sandboxed
from vcenters import Existing, census, machine

from paver.contract.errors import StepFailed
from paver_vsphere.holders import NAMED

pytestmark = pytest.mark.sandbox


def test_what_more_machines_hold_than_are_named_stays_and_the_rest_is_counted(sandboxed: Sandboxed) -> None:
    before, administrator = census(sandboxed), sandboxed.vcenter()
    one = Existing(sandboxed)
    one.pave()
    folder, pool = administrator.all(vim.Folder)["templates"], administrator.all(vim.ResourcePool)["Resources"]
    vms = [
        machine(administrator, f"vm-{number:02}", folder=folder, pool=pool, datastore="sandbox-disks")
        for number in range(NAMED + 3)
    ]
    with pytest.raises(StepFailed) as caught:
        one.destroy()
    said = dict(caught.value.facts)["folder/templates"]
    assert said.count("VM vm-") == NAMED
    assert "3 more VMs" in said
    assert len(administrator.read(folder, "childEntity")) == NAMED + 3
    for vm in vms:
        administrator.wait(vm.Destroy_Task())
    one.destroy()
    assert census(sandboxed) == before
