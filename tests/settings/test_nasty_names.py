"""T21: a name that could break a script, a template or an API is refused by the spec, or arrives as it was written."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from paver.schema import spec_schema
from paver.settings import check_spec

NASTY = [
    "$(reboot)", "`reboot`", "a;b", "a|b", "a&b", "a b", "a\tb", "a\nb", "a\rb", "a'b", 'a"b', "a\\b", "a/b", "../a",
    ".", "..", "-a", "--help", "a-", "a--b", "a_b", "a.b", "a:b", "a#b", "a%b", "a*b", "a?b", "a[b", "a{b", "{{a}}",
    "((a))", "${a}", "%s", "<script>", "&amp;", "a\0b", "\u202ea", "\ufeffa", "é", "\uff41", "\u0410", "İ", "0a", "1", "",
    "A", "aA", "~", "a" * 64, "a\u2028b", "a\u200bb", "!!a", "@a", "| ", "> ",
]  # fmt: skip
ODD_BUT_GOOD = [
    "no",
    "on",
    "off",
    "yes",
    "null",
    "true",
    "con",
    "nul",
    "aux",
    "id",
    "key",
    "z1",
    "a1-b2",
    "e10",
    "x" * 15,
]

SCHEMA = jsonschema.Draft202012Validator(spec_schema())
SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

PLACES = {
    "environment": lambda spec, name: spec.update(name=name),
    "network": lambda spec, name: spec["networks"].update({name: {"purpose": "storage"}}),
    "datastore": lambda spec, name: spec["datastores"].update({name: {"purpose": "object"}}),
    "credential": lambda spec, name: spec["credentials"].update({name: {"allows": "custom"}}),
    "load balancer": lambda spec, name: spec["load_balancers"].update({name: {"ports": [80]}}),
    "authority": lambda spec, name: spec["certificates"]["authorities"].update({name: {}}),
    "leaf": lambda spec, name: spec["certificates"]["leaves"].update({name: {"names": ["a"]}}),
    "trusted": lambda spec, name: spec["certificates"].update(trusted={name: "missing.pem"}),
    "label": lambda spec, name: spec["labels"].update({name: "x"}),
    "driver": lambda spec, name: spec["iaas"].update({name: {}}),
}


def spec_with(example, place, name):
    spec = yaml.safe_load(example)
    spec["expires"] = None
    PLACES[place](spec, name)
    return spec


# A label's key may hold hyphens anywhere but in front.
CASES = [
    (place, name) for place in PLACES for name in NASTY if (place, name) not in {("label", "a-"), ("label", "a--b")}
]


@pytest.mark.parametrize(("place", "name"), CASES, ids=ascii)
def test_a_nasty_name_is_refused_by_reader_and_schema(place, name, example, said):
    spec = spec_with(example, place, name)
    found = said(yaml.safe_dump(spec))
    assert found
    assert all(line.isprintable() for line in found)
    assert not SCHEMA.is_valid(spec)


@pytest.mark.parametrize("place", [place for place in PLACES if place != "trusted"])
@pytest.mark.parametrize("name", ODD_BUT_GOOD)
def test_an_odd_name_arrives_as_it_was_written(place, name, example, tmp_path):
    spec = spec_with(example, place, name)
    (tmp_path / "environment.yml").write_text(yaml.safe_dump(spec))
    checked = check_spec(["environment.yml"], environ={})
    assert checked.messages == ()
    assert name in checked.spec.model_dump_json()
    assert SAFE.issuperset(name)


@pytest.mark.parametrize("value", ["a b", "A", "é", "$(x)", "a.b", "a/b", "a\nb", "x" * 64, "<b>", "'"], ids=ascii)
def test_a_nasty_label_is_refused(value, example, said):
    spec = yaml.safe_load(example)
    spec["labels"] = {"team": value}
    spec["expires"] = None
    assert any(": labels.team: " in line for line in said(yaml.safe_dump(spec)))


@pytest.mark.parametrize(
    "host", ["a b", "$(x)", "a;b", "-a", "a..b", "A.example.com", "a_b", "é.example.com", "a\n", "'"], ids=ascii
)
def test_a_nasty_host_is_refused(host, example, said):
    spec = yaml.safe_load(example)
    spec["dns"], spec["ntp"], spec["expires"] = {"zone": host}, [host], None
    found = said(yaml.safe_dump(spec))
    assert [line.split(": ")[1] for line in found if "dns" in line or "ntp" in line] == ["dns.zone", "ntp.0"]
