"""A site without name servers yet: the vCenter goes by its address, from first boot to the director."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from environments import Environment, census
from sandboxes import Sandboxed

from paver.contract.environment import PavedEnvironment

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Environment:
    return Environment(stage)


@pytest.fixture(scope="module")
def asked(environment: Environment) -> Iterator[list[str]]:
    """Names that anybody asked a resolver for while it was paved."""
    names: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401  as socket has it
        try:
            ip_address(host)
        except ValueError:
            names.append(str(host))
            raise socket.gaierror(socket.EAI_NONAME, "there are no name servers") from None
        return real(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        yield names


@pytest.fixture(scope="module")
def paved(environment: Environment, asked: list[str]) -> Iterator[PavedEnvironment]:
    before = census(environment.sandboxed)
    assert not any(finding.check == "dns" for finding in environment.preflight())
    yield environment.pave()
    environment.destroy()
    assert census(environment.sandboxed) == before
    assert asked == []


def test_the_appliance_calls_itself_by_its_address(paved: PavedEnvironment, environment: Environment) -> None:
    address = environment.sandboxed.where.vcenter
    [vm] = environment.sandboxed.census("esxi-1", "VirtualMachine").values()
    assert json.loads(vm["extraConfig"]["paver-appliance"])["system_name"] == address


def test_the_document_names_it_by_its_address_everywhere(paved: PavedEnvironment, environment: Environment) -> None:
    where = environment.sandboxed.where
    assert paved.target.endpoint == where.vcenter
    assert paved.services["iaas"].url == f"https://{where.vcenter}:{where.vcenter_port}"
    assert (paved.driver["vcenter"], paved.driver["vcenter_address"]) == (where.vcenter, where.vcenter)


def test_its_certificate_is_for_its_address_and_signed_by_the_documents_ca(
    paved: PavedEnvironment, environment: Environment
) -> None:
    where = environment.sandboxed.where
    context = ssl.create_default_context(cadata=paved.certificates.pem("iaas"))
    assert context.check_hostname
    with (
        socket.create_connection((where.vcenter, where.vcenter_port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=where.vcenter) as checked,
    ):
        shown = checked.getpeercert()
    assert shown is not None
    assert ("IP Address", where.vcenter) in shown["subjectAltName"]


def test_a_second_pave_and_the_directors_view_need_no_name_either(
    paved: PavedEnvironment, environment: Environment
) -> None:
    assert environment.pave() == paved
    assert environment.plan().empty
    rendered = environment.run("render", "bosh-director")
    assert rendered.returncode == 0, rendered.stderr
    assert f"vcenter_ip: {environment.sandboxed.where.vcenter}" in rendered.stdout
    looked = environment.run("verify", "--for", "bosh")
    assert looked.returncode == 0, looked.stderr
