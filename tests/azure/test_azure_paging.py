"""Lists that come in pages: the emulator gives them so, and whoever reads one reads it to its end."""

from __future__ import annotations

import json
import shutil
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from azure_account import DESTROY, AzureAccount, AzureEnvironment, Document, section
from pydantic import SecretStr

from paver.contract.errors import Untrusted
from paver_azure.api import Api, Record
from paver_azure.arm_types import RESOURCES
from paver_azure.sandbox import foreign
from paver_azure.sandbox.message import Answer, Request
from paver_azure.sandbox.transport import session
from paver_azure.settings import AzureSettings

HERE = {"location": "westeurope"}
MANAGER = "https://management.example"
GROUPS = [f"group-{number}" for number in range(5)]
ASKED = "Microsoft.Resources/resourceGroups"
Serve = Callable[[Request], Answer]


def groups(azure: AzureAccount) -> str:
    """Five groups, every other of which bears no tag, and the path of their list."""
    for number, name in enumerate(GROUPS):
        azure.hand.put(f"{azure.root}/resourceGroups/{name}", {**HERE, "tags": {} if number % 2 else {"a": "1"}})
    return f"{azure.root}/resourcegroups"


def followed(azure: AzureAccount, page: Document) -> Document:
    """What a link leads to, for whoever does no more than follow it."""
    link = str(page["nextLink"])
    path, _, query = link.removeprefix(azure.server.url).partition("?")
    assert link == f"{azure.server.url}{path}?{query}"
    request = Request.read("GET", azure.server.url, f"{path}?{query}", {"Authorization": token(azure)}, b"")
    answer = azure.world.serve(request)
    assert answer.status == 200
    return json.loads(answer.payload)  # type: ignore[no-any-return]  # JSON


def token(azure: AzureAccount) -> str:
    """What whoever owns the subscription shows the resource manager."""
    owner = azure.estate.owner
    form = f"client_id={owner.client}&client_secret={owner.secret}&scope={azure.server.url}/.default"
    body = f"{form}&grant_type=client_credentials".encode()
    path = f"/{azure.estate.tenant}/oauth2/v2.0/token"
    told = json.loads(azure.world.serve(Request.read("POST", azure.server.url, path, {}, body)).payload)
    return f"Bearer {told['access_token']}"


def names(page: Document) -> list[str]:
    return [one["name"] for one in page["value"]]


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Within, a request is refused with 400 and that code."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        yield
    with caught.value as answer:
        said = answer.read().decode()
    assert caught.value.code == 400
    assert code in said


def test_a_page_leads_to_the_next_by_a_whole_link_and_the_last_to_none(azure: AzureAccount) -> None:
    path = groups(azure)
    azure.world.page = len(GROUPS)
    assert "nextLink" not in azure.hand.get(path)
    azure.world.page = 2
    first = azure.hand.get(path)
    second = followed(azure, first)
    third = followed(azure, second)
    assert [names(first), names(second), names(third)] == [GROUPS[:2], GROUPS[2:4], GROUPS[4:]]
    assert "api-version=" in first["nextLink"]
    assert "nextLink" not in third


def test_a_link_keeps_the_filter(azure: AzureAccount) -> None:
    groups(azure)
    for name in ("a", "b", "c"):
        disk = f"{azure.root}/resourceGroups/group-0/providers/Microsoft.Compute/disks/{name}"
        properties = {"creationData": {"createOption": "Empty"}, "diskSizeGB": 8}
        tags = {"an owner": "one" if name != "b" else "other"}
        azure.hand.put(disk, {**HERE, "tags": tags, "properties": properties})
    azure.world.page = 1
    wanted = {"$filter": "tagName eq 'an owner' and tagValue eq 'one'"}
    assert [one["name"] for one in azure.hand.all(f"{azure.root}/resources", **wanted)] == ["a", "c"]


def test_what_stays_is_told_once_whatever_comes_and_goes_between_two_pages(azure: AzureAccount) -> None:
    path = groups(azure)
    azure.world.page = 2
    first = azure.hand.get(path)
    azure.hand.delete(f"{azure.root}/resourceGroups/group-1")
    azure.hand.put(f"{azure.root}/resourceGroups/group-00", HERE)
    assert names(followed(azure, first)) == GROUPS[2:4]


def test_a_token_that_is_none_of_this_list_is_refused(azure: AzureAccount) -> None:
    path = groups(azure)
    azure.world.page = 2
    given = azure.hand.get(path)["nextLink"].rpartition("skiptoken=")[2].replace("%3D", "=")
    for wrong in ("none", "not even base64!", "AAAA", "gICA"):
        with refused("InvalidSkipToken"):
            azure.hand.get(path, **{"$skiptoken": wrong})
    assert names(azure.hand.get(path, **{"$skiptoken": given})) == GROUPS[2:4]
    with refused("InvalidSkipToken"):
        azure.hand.get(f"{azure.root}/resources", **{"$skiptoken": given})


def account(azure: AzureAccount) -> str:
    """A storage account with a container of five blobs; the container's path on the data plane."""
    groups(azure)
    properties = {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
    id_ = f"{azure.root}/resourceGroups/group-0/providers/Microsoft.Storage/storageAccounts/pages"
    azure.hand.put(id_, {**HERE, **properties})
    azure.hand.put(f"{id_}/blobServices/default/containers/some", {"properties": {}})
    azure.allow(azure.estate.owner.principal, [{"actions": ["*"], "dataActions": ["*"]}])
    for name in ("a", "b & c", "d", "e", "f"):
        azure.hand.blob("PUT", f"pages/some/{name.replace(' ', '%20')}", b"data")
    return "pages/some"


def test_blobs_come_in_pages_as_long_as_was_asked_or_shorter(azure: AzureAccount) -> None:
    container = account(azure)
    assert azure.hand.blobs(container) == ["a", "b & c", "d", "e", "f"]
    listing = f"{container}?restype=container&comp=list"
    assert azure.hand.blob("GET", f"{listing}&maxresults=3").count(b"<Name>") == 3
    azure.world.page = 2
    assert azure.hand.blob("GET", f"{listing}&maxresults=3").count(b"<Name>") == 2
    assert azure.hand.blobs(container) == ["a", "b & c", "d", "e", "f"]
    for wrong, code in (
        ("marker=none", "OutOfRangeInput"),
        ("maxresults=0", "OutOfRangeQueryParameterValue"),
        ("maxresults=some", "InvalidQueryParameterValue"),
    ):
        with refused(code):
            azure.hand.blob("GET", f"{listing}&{wrong}")


def heard(azure: AzureAccount, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Of which lists the driver asks for another page than the first, from now on: by the path's last word."""
    found: set[str] = set()
    serve = azure.world.serve

    def noted(request: Request) -> Answer:
        if "$skiptoken" in request.query and request.headers["user-agent"].startswith("paver"):
            found.add(request.path.rpartition("/")[2].lower())
        return serve(request)

    monkeypatch.setattr(azure.world, "serve", noted)
    return found


def kept(environment: AzureEnvironment) -> set[str]:
    """The ids of all that a plan, which changes nothing, finds."""
    plan = environment.plan()
    assert [f"{step.action} {step.key}" for step in plan if step.mutates] == []
    return {step.have.id for step in plan if step.have is not None}


def test_a_life_in_pages_of_two_is_as_any_other(
    azure: AzureAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = azure.environment()
    whole.pave()
    (tmp_path / "paged").mkdir()
    other = AzureAccount(tmp_path / "paged")
    try:
        other.world.page = 2
        asked = heard(other, monkeypatch)
        environment = other.environment(change=lambda document: document.update(id=str(whole.id)))
        environment.pave()
        made = other.there()
        assert made == azure.there()
        other.world.page = 1000
        assert other.there() == made
        other.world.page = 2
        found = kept(environment)
        assert environment.run("verify").code == 0
        shutil.rmtree(environment.state)
        assert kept(environment) == found
        environment.destroy()
        assert not other.there()
    finally:
        other.close()
    assert {"networksecuritygroups", "roleassignments", "locks", "containers", "all", "skus", "usages"} <= asked


def test_a_lost_environment_is_found_among_others_and_goes_by_its_owner_alone_in_pages_of_two(
    azure: AzureAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign.plant(azure.hand, azure.root)
    before = azure.there()
    azure.world.page = 2
    asked = heard(azure, monkeypatch)
    environment = azure.environment()
    environment.pave()
    there = kept(environment)
    shutil.rmtree(environment.state)

    def at_the_least(document: Document) -> None:
        document |= {"id": str(uuid4()), "load_balancers": {}, "datastores": {}, "credentials": {}, "certificates": {}}
        document["iaas"]["azure"]["locks"] = False

    environment.edit(at_the_least)
    told = environment.run("leftovers", "--owner", str(environment.id), "-o", "json")
    assert {one["id"] for one in json.loads(told.out)["leftovers"]} == there
    assert environment.run("destroy", "--owner", str(environment.id), *DESTROY).code == 0
    assert azure.there() == before
    assert "roledefinitions" in asked


@pytest.fixture
def api(azure: AzureAccount) -> Iterator[Api]:
    """The driver's own client, in this process, of a resource manager whose URL names no port."""
    settings = azure.environment(change=section(endpoint=MANAGER, authority=MANAGER)).loaded().settings
    assert isinstance(settings, AzureSettings)
    one = Api(settings, lambda: SecretStr(azure.estate.owner.secret), session(azure.world))
    yield one
    one.close()


def led(azure: AzureAccount, monkeypatch: pytest.MonkeyPatch, host: str) -> list[str]:
    """From now on, links lead to that host, which is the same one; returns which were asked there."""
    serve: Serve = azure.world.serve
    followed: list[str] = []

    def leading(request: Request) -> Answer:
        if request.base == f"https://{host}".lower():
            followed.append(request.path)
        answer = serve(replace(request, base=MANAGER))
        if isinstance(answer.body, dict) and "nextLink" in answer.body:
            link = str(answer.body["nextLink"]).replace(MANAGER, f"https://{host}")
            return replace(answer, body={**answer.body, "nextLink": link})
        return answer

    monkeypatch.setattr(azure.world, "serve", leading)
    return followed


READS: tuple[Callable[[Api], list[Record]], ...] = (
    lambda api: api.all_of(ASKED),
    lambda api: api.ask_all(f"{api.settings.root}/resourcegroups", RESOURCES),
)


def test_a_link_that_names_the_port_is_followed_to_the_end(
    azure: AzureAccount, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups(azure)
    azure.world.page = 2
    asked = led(azure, monkeypatch, "Management.example:443")
    assert [[one["name"] for one in read(api)] for read in READS] == [GROUPS, GROUPS]
    assert len(asked) == 2 * len(READS)


def test_a_link_to_elsewhere_is_no_end_and_the_host_is_shown_no_token(
    azure: AzureAccount, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups(azure)
    azure.world.page = 2
    asked = led(azure, monkeypatch, "elsewhere.example")
    for read in READS:
        with pytest.raises(Untrusted, match=r"elsewhere\.example"):
            read(api)
    assert asked == []


def test_blobs_are_counted_over_pages_that_are_shorter_than_asked(azure: AzureAccount, api: Api) -> None:
    account(azure)
    azure.world.page = 2
    url = f"{MANAGER}/blob/pages"
    assert api.blobs(url, "some", 1000) == (5, False)
    assert api.blobs(url, "some", 5) == (5, False)
    assert api.blobs(url, "some", 4) == (4, True)
