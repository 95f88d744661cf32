"""The OVF environment that a bare ESXi does not build: the appliance reads its first boot's answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

KEY = "guestinfo.ovfEnv"
"""The extraConfig key under which the guest finds it. It holds passwords, and is blanked after first boot."""

_NAMESPACE = "http://schemas.dmtf.org/ovf/environment/1"


def ovf_environment(properties: Mapping[str, str]) -> str:
    """The XML document for these properties. It holds what they hold: never log it."""
    ET.register_namespace("", _NAMESPACE)
    ET.register_namespace("oe", _NAMESPACE)
    root = ET.Element(f"{{{_NAMESPACE}}}Environment", {f"{{{_NAMESPACE}}}id": ""})
    platform = ET.SubElement(root, f"{{{_NAMESPACE}}}PlatformSection")
    for name, text in (("Kind", "VMware ESXi"), ("Version", ""), ("Vendor", "VMware, Inc."), ("Locale", "en")):
        ET.SubElement(platform, f"{{{_NAMESPACE}}}{name}").text = text
    section = ET.SubElement(root, f"{{{_NAMESPACE}}}PropertySection")
    for key, value in properties.items():
        names = {f"{{{_NAMESPACE}}}key": key, f"{{{_NAMESPACE}}}value": value}
        ET.SubElement(section, f"{{{_NAMESPACE}}}Property", names)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)
