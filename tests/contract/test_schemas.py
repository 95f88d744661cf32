"""The documents' JSON Schemas against the golden files, and the documentation's examples against both.

After a change that is meant: `python -m paver schema spec > tests/golden/spec.schema.json`, and `environment` likewise.
"""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from paver.contract.environment import PavedEnvironment
from paver.contract.spec import EnvironmentSpec
from paver.schema import environment_schema, plan_schema, spec_schema

GOLDEN = Path(__file__).parents[1] / "golden"
EXAMPLES = Path(__file__).parents[3] / "shared" / "examples"
needs_examples = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="the documentation's examples are not beside this tree"
)


@pytest.mark.parametrize(
    ("name", "made"), [("spec", spec_schema), ("environment", environment_schema), ("plan", plan_schema)]
)
def test_the_schema_is_the_golden_one(name: str, made: object) -> None:
    assert callable(made)
    golden = json.loads((GOLDEN / f"{name}.schema.json").read_text())
    assert json.loads(json.dumps(made())) == golden
    jsonschema.Draft202012Validator.check_schema(golden)


@needs_examples
@pytest.mark.parametrize("iaas", ["aws", "vsphere"])
def test_an_example_document_goes_through_the_model_unchanged(iaas: str) -> None:
    document = json.loads((EXAMPLES / f"environment-{iaas}.json").read_text())
    jsonschema.validate(document, environment_schema())
    assert json.loads(PavedEnvironment.model_validate(document).model_dump_json()) == document


@needs_examples
@pytest.mark.parametrize("file", ["environment.yml", "minimal.yml"])
def test_an_example_spec_is_valid_by_schema(file: str) -> None:
    jsonschema.validate(yaml.safe_load((EXAMPLES / file).read_text()), spec_schema())


def test_a_document_of_a_driver_that_is_not_installed_loads() -> None:
    document = json.loads((GOLDEN / "environment.json").read_text())
    document["iaas"] = "proxmox"
    loaded = PavedEnvironment.model_validate(document)
    assert loaded.iaas == "proxmox"
    assert loaded.director()[1] in loaded.director()[0].cidr


def test_a_document_is_frozen_all_the_way_down() -> None:
    spec = EnvironmentSpec.model_validate(
        {
            "schema_version": 1,
            "name": "demo",
            "id": "3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17",
            "zones": 2,
            "address_space": "10.30.0.0/16",
            "dns": {"zone": "demo.example.com"},
            "iaas": {"somewhere": {"deep": {"list": [1, {"a": 2}]}}},
        }
    )
    with pytest.raises(TypeError):
        spec.networks["more"] = spec.networks["lb"]  # type: ignore[index]  # that is what is refused
    with pytest.raises(TypeError):
        spec.iaas["somewhere"]["deep"]["list"][1]["a"] = 3
    with pytest.raises(TypeError):
        spec.iaas["somewhere"]["deep"].update(x=1)
    assert spec.iaas["somewhere"]["deep"]["list"] == (1, {"a": 2})
    assert hash(spec) == hash(EnvironmentSpec.model_validate(spec.model_dump()))
