"""`bucc`: the `vars.yml` of BUCC, which puts BOSH, UAA, CredHub and Concourse on one machine."""

from __future__ import annotations

from paver.contract.bosh import Bosh
from paver.contract.environment import PavedEnvironment
from paver.render.bosh_director import common
from paver.render.rendering import Rendering


def render(environment: PavedEnvironment, bosh: Bosh) -> tuple[Rendering, ...]:
    """As the director's variables, and BUCC's own."""
    balancer = environment.load_balancers.get("concourse")
    tree = {
        **common(environment),
        **bosh.director(environment).variables,
        "concourse_domain": balancer.host if balancer else f"concourse.{environment.dns.zone}",
        **bosh.bucc(environment),
    }
    return (Rendering("vars.yml", "yaml", tree),)
