"""One spec, paved on every emulator that there is: the documents differ in values, and in nothing that is neutral.

A driver that is installed and has a sandbox joins by itself.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from cloud_config_schema import SCHEMA
from resolver import unresolved

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.render import rendering
from paver.render.neutral import differences, paths
from paver.render.text import text

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))
import one_spec  # noqa: E402  the example is what is tested

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]
MANIFEST = yaml.safe_load((EXAMPLES / "zookeeper.yml").read_text())
CERTIFICATES = {
    **one_spec.NEUTRAL["certificates"],
    "trusted": {"corporate": str(Path(__file__).with_name("corporate.pem"))},
}


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PavedEnvironment]:
    found = {}
    for iaas in one_spec.with_sandboxes():
        home = tmp_path_factory.mktemp("paved")
        with one_spec.paved(iaas, home, certificates=CERTIFICATES) as (environment, base):
            for name in ("concourse", "credhub", "bosh-director"):  # while the secrets are there
                assert api.reveal(api.render(environment, name), base)
            lookups, failed = one_spec.looked_up(iaas, base)
            assert failed == []
            assert lookups > 10
            found[iaas] = environment
    return found


def plain(environment: PavedEnvironment) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(environment.model_dump_json())
    return document


def test_every_document_has_the_same_neutral_paths_and_types(environments: dict[str, PavedEnvironment]) -> None:
    assert set(environments) >= {"memory", "aws", "vsphere"}
    first, *others = environments
    model = paths(plain(environments[first]))
    assert len(model) > 100
    for iaas in others:
        assert differences(model, paths(plain(environments[iaas]))) == [], f"{first} and {iaas}"


def test_a_manifest_deploys_on_all_of_them_as_it_is(environments: dict[str, PavedEnvironment]) -> None:
    for iaas, environment in environments.items():
        (one,) = api.render(environment, "bosh-cloud-config")
        config = yaml.safe_load(text(rendering.without_secrets(one)))
        jsonschema.validate(config, SCHEMA)
        assert unresolved(MANIFEST, config) == [], iaas


def test_concourse_reads_the_same_names_from_all_of_them(environments: dict[str, PavedEnvironment]) -> None:
    named = {iaas: list(api.render(environment, "concourse")[0].tree) for iaas, environment in environments.items()}
    assert len({tuple(names) for names in named.values()}) == 1


def test_the_documents_that_other_tests_read_are_what_the_emulators_give(
    environments: dict[str, PavedEnvironment],
) -> None:
    for path in Path(__file__).with_name("documents").glob("*.json"):
        kept = PavedEnvironment.model_validate_json(path.read_bytes())
        assert differences(paths(plain(kept)), paths(plain(environments[path.stem]))) == [], path.stem


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["networks"]["lb"].pop("egress"), "networks.lb.egress: only in the first"),
        (lambda d: d["dns"].update(zone=7), "dns.zone: string and integer"),
        (lambda d: d["zones"]["z1"].update(rack="a"), "zones.z1.rack: only in the second"),
        (lambda d: d["load_balancers"].pop("concourse"), "load_balancers.concourse: only in the first"),
    ],
)
def test_a_difference_would_be_told(change: Any, said: str) -> None:
    document = json.loads((Path(__file__).parent / "documents" / "memory.json").read_text())
    changed = copy.deepcopy(document)
    change(changed)
    assert said in differences(paths(document), paths(changed))
    assert differences(paths(document), paths(document)) == []


def test_a_null_counts_as_its_fields_type() -> None:
    document = json.loads((Path(__file__).parent / "documents" / "memory.json").read_text())
    changed = copy.deepcopy(document)
    changed["jumpbox"] = None
    changed["datastores"]["vms"]["capacity_gib"] = None
    changed["certificates"]["trusted"] = {}
    changed["ntp"] = []
    assert differences(paths(document), paths(changed)) == []


def test_the_example_prints_a_line_for_each_and_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert one_spec.main(["memory", "memory"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second.replace(second.split(" s,")[0], first.split(" s,")[0])
    assert "9 files in 8 formats" in first
    assert first.endswith("0 unlike memory's")
