"""What a VM takes, by an OVF descriptor and one of its deployment options (DSP0243, 8 and 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

OVF = "{http://schemas.dmtf.org/ovf/envelope/1}"
_RASD = "{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData}"
_CPU, _MEMORY, _DISK = "3", "4", "17"
_UNIT = re.compile(r"^\s*byte\s*(?:\*\s*2\^(\d{1,2})\s*)?$")
_OLD_UNITS = {"MegaBytes": 1 << 20, "GigaBytes": 1 << 30}
_REFERENCE = re.compile(r"^\$\{(.+)\}$")
_GIB = 1 << 30


@dataclass(frozen=True)
class Hardware:
    """It, in whole GiB, rounded up."""

    cpus: int
    memory_gib: int
    disk_gib: int
    """Of all disks together, once thin ones are full."""


def hardware_of(root: ET.Element, option: str) -> Hardware:
    """Read it. Raises ValueError where the descriptor does not say it."""
    found = {_CPU: 0, _MEMORY: 0, _DISK: 0}
    capacities = {
        disk.get(f"{OVF}diskId", ""): _value(root, disk.get(f"{OVF}capacity", ""), option)
        * _unit(disk.get(f"{OVF}capacityAllocationUnits", "byte"))
        for disk in root.iterfind(f"{OVF}DiskSection/{OVF}Disk")
    }
    for item in _items(root, option):
        kind = item.findtext(f"{_RASD}ResourceType", "")
        if kind == _DISK:
            found[kind] += capacities.get(item.findtext(f"{_RASD}HostResource", "").rpartition("/")[2], 0)
        elif kind in found:
            quantity = int(item.findtext(f"{_RASD}VirtualQuantity", ""))
            found[kind] += quantity * (_unit(item.findtext(f"{_RASD}AllocationUnits", "")) if kind == _MEMORY else 1)
    return Hardware(found[_CPU], -(-found[_MEMORY] // _GIB), -(-found[_DISK] // _GIB))


def _items(root: ET.Element, option: str) -> Iterator[ET.Element]:
    """Those of this option, and those of all."""
    for item in root.iter(f"{OVF}Item"):
        options = item.get(f"{OVF}configuration")
        if options is None or option in options.split():
            yield item


def _value(root: ET.Element, text: str, option: str) -> int:
    """A number, or that of the property that is named instead, which may differ by option."""
    reference = _REFERENCE.match(text)
    if reference is None:
        return int(text)
    for item in root.iter(f"{OVF}Property"):
        if item.get(f"{OVF}key") == reference[1]:
            values = (value for value in item.iterfind(f"{OVF}Value") if value.get(f"{OVF}configuration") == option)
            return int(next(values, item).get(f"{OVF}value", ""))
    raise ValueError(text)


def _unit(text: str) -> int:
    """A unit in bytes."""
    match = _UNIT.match(text)
    if match is not None:
        return 1 << int(match[1] or 0)
    if text not in _OLD_UNITS:
        raise ValueError(text)
    return _OLD_UNITS[text]
