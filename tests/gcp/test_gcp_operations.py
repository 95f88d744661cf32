"""Changes of Compute as a kind makes them: one call each, looked at later, begun anew where one ended in vain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from gcp_projects import Project

from paver.contract.errors import Busy, NotFound, OutcomeUnknown, Rejected
from paver.contract.names import marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Waiting
from paver.contract.types import Owner
from paver_gcp.api import Api
from paver_gcp.driver import GcpDriver
from paver_gcp.resources.network import Network, NetworkKind
from paver_gcp.resources.subnet import Subnet, SubnetKind
from paver_gcp.sandbox.example import PROJECT, REGION
from paver_gcp.settings import GcpSettings

OWNER = Owner(id=uuid4(), name="sandbox")
NETWORK = Network(key=Key(kind="network", name="sandbox"), name="sandbox")


@pytest.fixture
def api(project: Project) -> Iterator[Api]:
    found = Api(
        GcpSettings.model_validate(
            {
                "project": PROJECT,
                "region": REGION,
                "zones": {"z1": f"{REGION}-b"},
                "credentials_file": str(project.stage.credentials),
                "endpoint": project.stage.url,
            }
        )
    )
    yield found
    found.close()


def attempt(want: Desired) -> Attempt:
    return Attempt(owner=OWNER, name=want.name, token=uuid4(), key=want.key)


def ended(kind: Any, want: Desired | None, answer: Answer, about: Desired) -> Observed | None:
    """What comes of it, with the engine's part played here."""
    while isinstance(answer, Waiting):
        time.sleep(min(answer.again, 0.05))
        answer = kind.advance(want, answer.ticket, attempt(about))
    return answer.have


def made(kind: Any, want: Desired) -> Observed:
    found = ended(kind, want, kind.create(want, attempt(want)), want)
    assert found is not None
    return found


def test_a_container_of_ours_that_is_not_empty_yet_is_deleted_once_it_is(api: Api) -> None:
    networks, subnets = NetworkKind(api), SubnetKind(api)
    network = made(networks, NETWORK)
    want = Subnet(key=Key(kind="subnet", name="some"), name="sandbox-some", network=network.id, cidr="10.0.0.0/24")
    subnet = made(subnets, want)
    answer = networks.delete(network, attempt(NETWORK))
    while isinstance(answer, Waiting) and answer.said == "under way":
        time.sleep(0.05)
        answer = networks.advance(None, answer.ticket, attempt(NETWORK))
    assert isinstance(answer, Waiting)
    assert "is already being used by" in answer.said
    ended(subnets, None, subnets.delete(subnet, attempt(want)), want)
    assert ended(networks, None, answer, NETWORK) is None
    with pytest.raises(NotFound):
        api.read("compute", network.id)


def test_what_somebody_else_put_there_ends_it_with_their_name(project: Project, api: Api) -> None:
    networks = NetworkKind(api)
    network = made(networks, NETWORK)
    said = {"name": "theirs", "network": network.id, "ipCidrRange": "10.1.0.0/24", "description": "of others"}
    project.client("POST", f"compute/v1/projects/{PROJECT}/regions/{REGION}/subnetworks", said)
    with pytest.raises(Busy, match="subnetworks/theirs") as refused:
        ended(networks, None, networks.delete(network, attempt(NETWORK)), NETWORK)
    assert refused.value.foreign
    project.client("DELETE", f"compute/v1/projects/{PROJECT}/regions/{REGION}/subnetworks/theirs")
    ended(networks, None, networks.delete(network, attempt(NETWORK)), NETWORK)


def test_the_same_attempt_sent_again_makes_nothing_twice(project: Project, api: Api) -> None:
    networks, once = NetworkKind(api), attempt(NETWORK)
    first, second = networks.create(NETWORK, once), networks.create(NETWORK, once)
    assert isinstance(first, Waiting)
    assert isinstance(second, Waiting)
    assert first.ticket == second.ticket
    have = ended(networks, NETWORK, second, NETWORK)
    assert have is not None
    ended(networks, None, networks.delete(have, attempt(NETWORK)), NETWORK)


def test_an_operation_that_ended_in_an_error_of_googles_own_leaves_the_outcome_open(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = NetworkKind(api)
    answer = networks.create(NETWORK, attempt(NETWORK))
    assert isinstance(answer, Waiting)
    failed = {"status": "DONE", "error": {"errors": [{"code": "INTERNAL_ERROR", "message": "try later"}]}}
    with monkeypatch.context() as patched:
        patched.setattr(networks, "_operation", lambda path: failed)
        with pytest.raises(OutcomeUnknown, match="try later"):
            networks.advance(NETWORK, answer.ticket, attempt(NETWORK))
        failed["error"] = {"errors": [{"code": "QUOTA_EXCEEDED", "message": "too many"}]}
        with pytest.raises(Rejected, match="too many"):
            networks.advance(NETWORK, answer.ticket, attempt(NETWORK))
    have = ended(networks, NETWORK, answer, NETWORK)
    assert have is not None
    ended(networks, None, networks.delete(have, attempt(NETWORK)), NETWORK)


def test_an_operation_that_google_has_forgotten_is_judged_by_what_is_there(api: Api) -> None:
    networks = NetworkKind(api)
    have = made(networks, NETWORK)
    ticket = {"operation": f"projects/{PROJECT}/global/operations/operation-long-gone", "id": have.id}
    answer = networks.advance(NETWORK, ticket, attempt(NETWORK))
    assert isinstance(answer, Done)
    assert answer.have == have
    ended(networks, None, networks.delete(have, attempt(NETWORK)), NETWORK)


def test_a_mark_on_a_thing_of_another_name_is_nobodys(project: Project, api: Api) -> None:
    said = {"name": "sandbox-copy", "description": marker(OWNER, NETWORK.key), "autoCreateSubnetworks": False}
    project.client("POST", f"compute/v1/projects/{PROJECT}/global/networks", said)
    session = GcpDriver().connect(api.settings, None, OWNER)  # type: ignore[arg-type]  # it asks for no secret
    inventory = session.observe(OWNER, [], frozenset({"network"}))
    assert (inventory.items, inventory.foreign, inventory.complete) == ((), 1, frozenset({"network"}))
    session.close()
    project.client("DELETE", f"compute/v1/projects/{PROJECT}/global/networks/sandbox-copy")
