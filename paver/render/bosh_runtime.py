"""`bosh-runtime`: what every machine of every deployment has beside its own jobs: trust, and the names of its peers.

A runtime config names releases by version, and which versions a director has is the site's affair: both are variables,
`bosh_dns_version` and `os_conf_version`.
"""

from __future__ import annotations

from collections.abc import Sequence

from paver.contract.bosh import director_place
from paver.contract.environment import PavedEnvironment
from paver.render.rendering import Rendering, Tree

SIDES = {"api": "api.bosh-dns", "healthcheck": "health.bosh-dns"}
"""What bosh-dns speaks TLS for, and the name that both ends of it bear."""

BY_FILE = ("ubuntu-xenial", "ubuntu-bionic", "ubuntu-jammy")
BY_SYSTEMD = ("ubuntu-noble",)
"""Stemcells, by how they resolve names."""


def render(environment: PavedEnvironment) -> tuple[Rendering, ...]:
    """For `bosh update-config --type runtime -v bosh_dns_version=… -v os_conf_version=…`."""
    bundle = environment.certificates.bundle_pem()
    tree = {
        "releases": [
            {"name": "bosh-dns", "version": "((bosh_dns_version))"},
            *([{"name": "os-conf", "version": "((os_conf_version))"}] if bundle else []),
        ],
        "addons": [*_dns(environment), *([_trust(bundle)] if bundle else [])],
        "variables": [entry for side, name in SIDES.items() for entry in _variables(side, name)],
    }
    return (Rendering("runtime-config.yml", "yaml", tree),)


def _dns(environment: PavedEnvironment) -> list[Tree]:
    """By how a stemcell resolves: by a file that bosh-dns takes over, or by systemd, which asks bosh-dns for its part.

    In the second case what is no name of BOSH's goes to the resolvers of the machine's subnet.
    """
    network, name = director_place(environment)
    servers = environment.networks[network].subnets[name].dns
    by_file = {"recursors": [str(server) for server in servers]}
    by_systemd = {"configure_systemd_resolved": True, "disable_recursors": True, "override_nameserver": False}
    return [_resolver("bosh-dns", BY_FILE, by_file), _resolver("bosh-dns-systemd", BY_SYSTEMD, by_systemd)]


def _resolver(name: str, stemcells: Sequence[str], own: Tree) -> Tree:
    properties: Tree = {
        "cache": {"enabled": True},
        **own,
        "health": {"enabled": True, **_tls("healthcheck")},
        "api": _tls("api"),
    }
    return {
        "name": name,
        "include": {"stemcell": [{"os": stemcell} for stemcell in stemcells]},
        "jobs": [{"name": "bosh-dns", "release": "bosh-dns", "properties": properties}],
    }


def _tls(side: str) -> Tree:
    return {end: {"tls": f"((/dns_{side}_{end}_tls))"} for end in ("server", "client")}


def _trust(bundle: str) -> Tree:
    job = {"name": "ca_certs", "release": "os-conf", "properties": {"certs": bundle}}
    return {"name": "trust", "jobs": [job]}


def _variables(side: str, name: str) -> list[Tree]:
    authority = f"/dns_{side}_tls_ca"
    made: list[Tree] = [
        {"name": authority, "type": "certificate", "options": {"is_ca": True, "common_name": f"dns-{side}-tls-ca"}}
    ]
    for end in ("server", "client"):
        options = {"ca": authority, "common_name": name, "alternative_names": [name]}
        usage = {"extended_key_usage": [f"{end}_auth"]}
        made.append({"name": f"/dns_{side}_{end}_tls", "type": "certificate", "options": {**options, **usage}})
    return made
