"""The custom role that whoever runs paver needs for a spec: looks at every noun, changes to those that the spec has."""

from __future__ import annotations

from pydantic import JsonValue

from paver.contract.spec import EnvironmentSpec
from paver_gcp.actions import ALWAYS, LEASE, NOUNS, PREFLIGHT
from paver_gcp.settings import GcpSettings
from paver_gcp.wanted import resources


def permissions(spec: EnvironmentSpec, settings: GcpSettings) -> tuple[str, ...]:
    """Every permission that the spec asks for, in order.

    Looks are at every noun: what an earlier spec made is found, and so said, though this one has none of it.
    """
    made = {want.key.kind for want in resources(spec, settings) if want.adopt is None}
    looks = {permission for noun in NOUNS.values() for permission in noun.look}
    changes = {permission for name in made for permission in NOUNS[name].change}
    return tuple(sorted({*ALWAYS, *LEASE, *PREFLIGHT, *looks, *changes}))


def role(spec: EnvironmentSpec, settings: GcpSettings) -> JsonValue:
    """The role, as `gcloud iam roles create ID --project PROJECT --file FILE` takes it.

    A role of the project cannot be narrowed to what bears a mark: most of what paver makes has none that IAM reads.
    """
    return {
        "title": f"paver {spec.name}",
        "description": f"What paver needs for {spec.name} ({spec.id}) in {settings.region}",
        "stage": "GA",
        "includedPermissions": list[JsonValue](permissions(spec, settings)),
    }
