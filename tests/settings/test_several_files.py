"""Several files and the environment make one spec: later wins, and every value remembers where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from paver.contract.errors import SpecError
from paver.settings import check_spec, load_spec


@pytest.fixture
def files(example, tmp_path):
    (tmp_path / "environment.yml").write_text(example)
    (tmp_path / "site").mkdir()
    later = tmp_path / "site" / "later.yml"
    later.write_text("ntp: [ntp9.example.com]\nnetworks:\n  services:\n    egress: nat\n    reserved:\n")
    return [Path("environment.yml"), Path("site/later.yml")]


def test_mappings_merge_key_by_key_and_lists_are_replaced(files):
    loaded = load_spec(*files, iaas="memory", environ={})
    assert loaded.spec.ntp == ("ntp9.example.com",)
    assert loaded.spec.networks["services"].egress == "nat"
    assert str(loaded.spec.networks["services"].cidr) == "10.20.16.0/20"


def test_a_null_takes_away_what_an_earlier_file_says(files):
    assert load_spec(*files, iaas="memory", environ={}).spec.networks["services"].reserved == ()


def test_a_null_where_nothing_stood_is_a_value_like_any_other(example, said):
    assert said(example.replace("  lb: {}", "  lb:")) == [
        "environment.yml:15:3: networks.lb: has no value; write {} to take every default"
    ]


def test_a_value_is_found_where_it_was_written_last(files):
    place = load_spec(*files, iaas="memory", environ={}).place
    assert place(("networks", "services", "egress")) == "site/later.yml:4"
    assert place(("networks", "services", "cidr")) == "environment.yml:11"
    assert place(("iaas", "memory", "account")) == "environment.yml:44"


def test_what_nobody_wrote_is_placed_where_the_nearest_thing_that_holds_it_stands(files):
    place = load_spec(*files, iaas="memory", environ={}).place
    assert place(("networks", "lb", "cidr")) == "environment.yml:15"
    assert place(("jumpbox", "existing")) == "environment.yml:35"


def test_relative_paths_start_at_the_first_file(example, tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "environment.yml").write_text(example)
    (tmp_path / "later.yml").write_text("iaas: {memory: {path: other.json}}\n")
    loaded = load_spec("a/environment.yml", "later.yml", iaas="memory", environ={})
    assert loaded.base == Path("a")
    assert loaded.settings.path == "a/other.json"


def test_a_mistake_in_a_later_file_is_told_with_that_files_place(files):
    files[1].write_text("networks: {services: {egres: nat}}\nname: Staging\n")
    assert [str(message) for message in check_spec(files, environ={}).messages] == [
        "site/later.yml:1:23: networks.services.egres: no such key; did you mean egress?",
        "site/later.yml:2:1: name: lower-case letters, digits and single hyphens are wanted, a letter first",
    ]


def test_every_unreadable_file_is_told_at_once(files):
    files[0].write_text("[")
    files[1].write_text("- a\n")
    assert [message.place.source for message in check_spec(files, environ={}).messages] == [
        "environment.yml",
        "site/later.yml",
    ]


VARIABLES = [
    ({"PAVER_SPEC__networks__services__cidr": "10.20.16.0/21"}, lambda spec: str(spec.cidr("services")), "10.20.16.0/21"),
    ({"PAVER_SPEC__ADDRESS_SPACE": "10.21.0.0/17", "PAVER_SPEC__NETWORKS__SERVICES__CIDR": "", "PAVER_SPEC__NETWORKS__SERVICES__RESERVED": ""}, lambda spec: str(spec.cidr("services")), "10.21.8.0/21"),
    ({"PAVER_SPEC__CREDENTIALS__BOSH_CPI__ROTATE_AFTER": "30d"}, lambda spec: spec.credentials["bosh-cpi"].rotate_after, "30d"),
    ({"PAVER_SPEC__LABELS__COST_CENTRE": "'12'"}, lambda spec: spec.labels["cost-centre"], "12"),
    ({"PAVER_SPEC__NTP": "[a.example.com, b.example.com]"}, lambda spec: len(spec.ntp), 2),
    ({"PAVER_SPEC__LOAD_BALANCERS__SSH": ""}, lambda spec: list(spec.load_balancers), ["concourse"]),
    ({"PAVER_SPEC__EXPIRES": "null"}, lambda spec: spec.expires, None),
    ({"PAVER_SPEC__DATASTORES__VMS__CAPACITY_GIB": "7"}, lambda spec: spec.datastores["vms"].capacity_gib, 7),
    ({"PAVER_SPEC__name": "two", "PAVER_SPEC_name": "not-ours", "PAVER_NAME": "x"}, lambda spec: spec.name, "two"),
    ({"PAVER_SPEC__JUMPBOX": "{allow: [10.0.0.0/8]}"}, lambda spec: (len(spec.jumpbox.allow), spec.jumpbox.public), (1, True)),
]  # fmt: skip


@pytest.mark.parametrize(("environ", "value", "wanted"), VARIABLES)
def test_a_variable_overrides_one_value_of_the_files(environ, value, wanted, files):
    assert value(load_spec(files[0], iaas="memory", environ=environ).spec) == wanted


def test_a_variable_reaches_into_a_drivers_section_by_that_drivers_own_keys(files):
    environ = {"PAVER_SPEC__IAAS__MEMORY__RETRY_AFTER": "2.5", "PAVER_SPEC__IAAS__MEMORY__QUOTA__ACCESS_KEY": "3"}
    settings = load_spec(files[0], iaas="memory", environ=environ).settings
    assert (settings.retry_after, dict(settings.quota)) == (2.5, {"access-key": 3})


def test_the_place_of_an_overridden_value_is_the_variable(files):
    loaded = load_spec(files[0], iaas="memory", environ={"PAVER_SPEC__networks__services__cidr": "10.20.16.0/21"})
    assert loaded.place(("networks", "services", "cidr")) == "PAVER_SPEC__networks__services__cidr"


WRONG_VARIABLES = [
    ("PAVER_SPEC__NETWORKS__SERVICES__CIDR", "here", "networks.services.cidr: a network is wanted; its first address and width, like 10.20.0.0/16"),
    ("PAVER_SPEC__NETWORKS__SERVICES__EGRES_X", "nat", "networks.services.egres_x: no such key; did you mean egress?"),
    ("PAVER_SPEC__NAME", "no", "name: this word means different things to different readers of YAML; quote it, or write true or false"),
    ("PAVER_SPEC__LABELS", "{a: 1", "labels: did not find expected ',' or '}'; a bracket is not closed"),
    ("PAVER_SPEC__", "x", "(top): a key is empty; PAVER_SPEC__networks__services__cidr, for example"),
    ("PAVER_SPEC__NETWORKS____CIDR", "x", "(top): a key is empty; PAVER_SPEC__networks__services__cidr, for example"),
    ("PAVER_SPEC__NAME", "\udcff", "name: this is not UTF-8 text; save it as UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("variable", "value", "message"), WRONG_VARIABLES)
def test_a_mistake_in_a_variable_is_told_with_its_name(variable, value, message, files):
    assert [str(one) for one in check_spec(files[:1], environ={variable: value}).messages] == [f"{variable}: {message}"]


def test_without_an_environment_the_processs_own_counts(files, monkeypatch):
    monkeypatch.setenv("PAVER_SPEC__NAME", "from-shell")
    assert load_spec(files[0], iaas="memory").spec.name == "from-shell"


def test_the_only_section_is_taken_by_itself(example, tmp_path):
    Path("environment.yml").write_text(example.partition("  elsewhere:")[0])
    assert load_spec(environ={}).iaas == "memory"


def test_of_several_sections_one_is_to_be_chosen(files):
    with pytest.raises(SpecError) as refused:
        load_spec(files[0], environ={})
    assert refused.value.messages == (
        "environment.yml:41:1: iaas: there are several sections; choose one with --iaas: memory, elsewhere",
    )
    assert refused.value.exit_code == 2
    assert refused.value.message == "1 error in environment.yml. Nothing was contacted"


def test_a_section_that_is_not_there_cannot_be_chosen(files):
    with pytest.raises(SpecError) as refused:
        load_spec(files[0], iaas="memry", environ={})
    assert refused.value.messages == ("environment.yml:41:1: iaas: has no section memry; it has: memory, elsewhere",)


def test_a_section_whose_driver_is_not_installed_is_left_alone(files):
    checked = check_spec(files[:1], environ={})
    assert (checked.messages, checked.drivers, list(checked.settings)) == ((), ("memory",), ["memory"])


def test_a_section_whose_driver_is_not_installed_cannot_be_chosen(files):
    with pytest.raises(SpecError) as refused:
        load_spec(files[0], iaas="elsewhere", environ={})
    assert refused.value.messages == (
        (
            "environment.yml:46:3: iaas.elsewhere: no driver elsewhere is installed; "
            "install the package that brings it; `paver drivers` lists what is there"
        ),
    )


def test_a_spec_without_a_section_is_told_how_to_get_one(example, tmp_path):
    Path("environment.yml").write_text(example.partition("iaas:")[0])
    with pytest.raises(SpecError) as refused:
        load_spec(environ={})
    assert refused.value.messages == (
        "environment.yml:2:1: iaas: names no IaaS; `paver init --iaas NAME` shows what its section looks like",
    )
