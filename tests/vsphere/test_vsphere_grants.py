"""The least can be granted object by object: it is enough, and each of it is asked for where it is needed."""

# ruff: noqa: ANN401  pyVmomi's objects carry no types
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from directory import Directory
from environments import Environment, census
from pydantic import SecretStr
from pyVmomi import vim
from sandboxes import Sandboxed
from tenants import on_clusters, root_ca, tenant

from paver import api
from paver.contract.driver import Cause, Finding, Severity
from paver_vsphere.privileges import LOOK

pytestmark = pytest.mark.sandbox

USER, PASSWORD = "site@vsphere.local", "Site-pass!1"


class Site:
    """A vCenter of the site's, whose administrator grants a user one role an object."""

    def __init__(self, stage: Sandboxed) -> None:
        self.stage = stage
        self.server = stage.vcenter()
        Directory(stage).create(USER.partition("@")[0], SecretStr(PASSWORD), "whoever runs paver")
        secret = stage.directory / "site.password"
        secret.touch(mode=0o600)
        secret.write_text(PASSWORD)
        self.roles = self.server.content.authorizationManager
        self.held: dict[str, tuple[int, Any]] = {}

    def object(self, on: str) -> Any:
        """By what the printed document calls it."""
        kinds = {"datacenter": vim.Datacenter, "cluster": vim.ClusterComputeResource, "datastore": vim.Datastore}
        what, _, name = on.rpartition(" ")
        if on == "the root folder":
            return self.server.content.rootFolder
        if what in kinds:
            return self.server.all(kinds[what])[name]
        folder = what.removeprefix("the ").partition(" folder")[0].replace("VM", "vm")
        return self.server.read(self.server.all(vim.Datacenter)[name], f"{folder}Folder")

    def grant(self, on: str, privileges: Iterable[str], *, propagate: bool) -> None:
        entity, wanted = self.object(on), sorted(set(privileges) - LOOK) or ["System.View"]
        if on in self.held:
            self.roles.UpdateAuthorizationRole(self.held[on][0], f"site {on}", wanted)
            return
        role = self.roles.AddAuthorizationRole(f"site {on}", wanted)
        permission = vim.AuthorizationManager.Permission(principal=USER, group=False, roleId=role, propagate=propagate)
        self.roles.SetEntityPermissions(entity, [permission])
        self.held[on] = (role, entity)

    def take_back(self) -> None:
        for role, entity in self.held.values():
            self.roles.RemoveEntityPermission(entity, USER, False)
            self.roles.RemoveAuthorizationRole(role, True)
        self.held.clear()


@pytest.fixture(scope="module")
def whole(stage: Sandboxed, first: Environment) -> Site:
    return Site(stage)


@pytest.fixture
def site(whole: Site) -> Iterator[Site]:
    yield whole
    whole.take_back()


@pytest.fixture
def environment(stage: Sandboxed, first: Environment) -> Environment:
    """All that it stands on is adopted; and without a director's user, whom only an SSO administrator makes."""
    one = tenant(stage, "guest", on_clusters("guest", root_ca(stage, first.outputs())))
    one.document["credentials"] = {"blobstore": one.document["credentials"]["blobstore"]}
    one.document["labels"] = {"team": "platform"}
    one.section.update(user=USER, password="file:site.password")
    one.edit()
    return one


def least(environment: Environment) -> list[dict[str, Any]]:
    document: Any = api.permissions(environment.loaded())
    return list(document["or_least"])


def lacking(findings: Iterable[Finding]) -> set[str]:
    found = [one for one in findings if one.severity is Severity.FAIL]
    assert {one.cause for one in found} <= {Cause.DENIED}
    return {one.what.partition("lacks ")[2] for one in found}


def test_with_the_least_granted_object_by_object_a_whole_life_is_lived(site: Site, environment: Environment) -> None:
    printed = least(environment)
    assert [one["on"] for one in printed if one["propagated"]] == [
        "the VM folder of datacenter sandbox",
        "the network folder of datacenter sandbox",
        "cluster sandbox-z1",
        "cluster sandbox-z2",
    ]
    for one in printed:
        site.grant(one["on"], one["privileges"], propagate=one["propagated"])
    before = census(site.stage)
    for arguments in (("preflight",), ("pave", "-y"), ("plan", "--detailed-exitcode"), ("verify",)):
        done = environment.run(*arguments)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    environment.destroy()
    assert census(site.stage) == before


def test_whatever_is_missing_is_named_with_the_object_that_it_is_missing_on(
    site: Site, environment: Environment
) -> None:
    printed = least(environment)
    for one in printed:
        site.grant(one["on"], one["privileges"], propagate=one["propagated"])
    assert lacking(environment.preflight()) == set()
    for one in printed:
        wanted = set(one["privileges"]) - LOOK
        site.grant(one["on"], [], propagate=one["propagated"])
        assert lacking(environment.preflight()) == {f"{name} on {one['on']}" for name in wanted}, one["on"]
        site.grant(one["on"], wanted, propagate=one["propagated"])


def test_a_poorer_role_on_an_object_hides_the_one_at_the_root(site: Site, environment: Environment) -> None:
    document: Any = api.permissions(environment.loaded())
    site.grant("the root folder", document["role"]["privileges"], propagate=True)
    assert lacking(environment.preflight()) == set()
    site.grant(
        "cluster sandbox-z2", ["Host.Config.Network", "DVSwitch.HostOp", "Global.SetCustomField"], propagate=True
    )
    pools = {f"Resource.{name} on cluster sandbox-z2" for name in ("CreatePool", "DeletePool")}
    assert lacking(environment.preflight()) == pools
    done = environment.run("pave", "-y")
    assert done.returncode == 3
    assert "Resource.CreatePool on cluster sandbox-z2" in " ".join(done.stderr.split())
