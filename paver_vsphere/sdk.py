"""pyVmomi, loaded when first used. Its classes are made at run time and carry no types, so here they are `Any`."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

NAMESPACE = "urn:vim25"


@cache
def vim() -> Any:  # noqa: ANN401  a module of classes without types
    """The module `pyVmomi.vim`: `vim().VirtualMachine`, `vim().fault.InvalidLogin`."""
    return importlib.import_module("pyVmomi").vim


@cache
def vmodl() -> Any:  # noqa: ANN401  a module of classes without types
    """The module `pyVmomi.vmodl`: `vmodl().fault.ManagedObjectNotFound`, `vmodl().query.PropertyCollector`."""
    return importlib.import_module("pyVmomi").vmodl


@cache
def support() -> Any:  # noqa: ANN401  a module of classes without types
    """The module `pyVmomi.VmomiSupport`: types by name, versions."""
    return importlib.import_module("pyVmomi.VmomiSupport")


def type_named(name: str) -> Any:  # noqa: ANN401  a class without a type
    """The class of a name as the API's reference spells it (`VirtualMachine`). Raises KeyError."""
    return support().GetWsdlType(NAMESPACE, name)


def fault_named(name: str) -> Any:  # noqa: ANN401  a class without a type
    """The class of a fault as pyVmomi spells it (`vim.fault.DuplicateName`). Raises KeyError."""
    return support().GetVmodlType(name)


@cache
def soap() -> Any:  # noqa: ANN401  a module of classes without types
    """The module `pyVmomi.SoapAdapter`."""
    return importlib.import_module("pyVmomi.SoapAdapter")
