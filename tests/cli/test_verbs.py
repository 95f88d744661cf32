from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import Library, Run, a_plan, environment

from paver.cli.menu import VERBS, root
from paver.contract.driver import Cause, Finding, Severity
from paver.contract.errors import Denied, Locked, PaverError, SpecError, StepFailed, Stopped, WrongTarget
from paver.engine.errors import Defect
from paver.engine.plan import Action


def test_plan_prints_the_plan_on_stdout_and_changes_nothing(library: Library, run: Run) -> None:
    done = run("plan", "--iaas", "aws")
    assert done.code == 0
    assert done.err == ""
    assert done.out.splitlines()[0] == "staging on aws: account 123456789012, eu-west-1"
    assert done.out.splitlines()[-1] == "Next: paver pave --iaas aws"
    assert not library.changed


@pytest.mark.parametrize(
    ("actions", "code"), [((Action.KEEP,), 0), ((Action.CREATE,), 2), ((Action.KEEP, Action.UPDATE), 2)]
)
def test_the_detailed_exit_code_tells_whether_anything_would_change(
    actions: tuple[Action, ...], code: int, library: Library, run: Run
) -> None:
    library.planned = a_plan(*actions)
    assert run("plan", "--detailed-exitcode").code == code


@pytest.mark.parametrize("error", [SpecError("no"), Locked("held"), StepFailed("x", failures=[])])
def test_with_the_detailed_exit_code_any_error_is_one(error: PaverError, library: Library, run: Run) -> None:
    library.raises = error
    assert run("plan", "--detailed-exitcode").code == 1
    assert run("plan").code == error.exit_code


def test_with_the_detailed_exit_code_a_wrong_flag_is_one_and_no_change(library: Library, run: Run) -> None:
    assert run("plan", "--detailed-exitcode", "--no-such-flag").code == 1
    assert run("plan", "--no-such-flag").code == 2


def test_the_detailed_exit_code_has_a_variable(library: Library, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAVER_DETAILED_EXITCODE", "1")
    assert run("plan").code == 2
    assert run("plan", "--no-such-flag").code == 1


def test_json_is_one_document_on_stdout(library: Library, run: Run) -> None:
    for verb in ("plan", "verify", "preflight", "outputs", "version"):
        json.loads(run(verb, "-o", "json").out)
    done = run("pave", "-o", "json", "-y")
    assert json.loads(done.out)["networks"]["management"]["assigned"]["director"] == "10.20.0.6"
    assert "created disk/d0" in done.err


def test_verify_exits_seven_where_something_differs(library: Library, run: Run) -> None:
    assert run("verify").code == 7
    library.planned = a_plan(Action.KEEP)
    done = run("verify")
    assert done.code == 0
    assert done.out.startswith("staging on aws is as it should be: 1 kept. Verified in ")


@pytest.mark.parametrize(
    ("causes", "code"), [([Cause.TRUST, Cause.OTHER], 6), ([Cause.DENIED], 3), ([Cause.DENIED, Cause.OTHER], 7)]
)
def test_preflight_exits_by_what_failed(causes: list[Cause], code: int, library: Library, run: Run) -> None:
    library.findings = tuple(Finding(check="x", severity=Severity.FAIL, what="bad", cause=cause) for cause in causes)
    done = run("preflight")
    assert done.code == code
    assert f"error: {len(causes)} of {len(causes)} checks failed" in done.err
    assert done.out.count("FAIL") == len(causes)


@pytest.mark.parametrize(
    ("causes", "code"), [([Cause.DENIED], 3), ([Cause.DENIED, Cause.OTHER], 7), ([Cause.OTHER], 7), ([Cause.TRUST], 6)]
)
def test_verify_for_bosh_exits_by_what_failed(causes: list[Cause], code: int, library: Library, run: Run) -> None:
    library.findings = tuple(
        Finding(check="x", severity=Severity.FAIL, what=f"bad {cause}", cause=cause) for cause in causes
    )
    done = run("verify", "--for", "bosh")
    assert done.code == code
    assert f"error: {len(causes)} of {len(causes)} checks failed" in done.err
    assert done.out.count("FAIL") == len(causes)
    document = json.loads(run("verify", "--for", "bosh", "-o", "json").out)
    assert document["exit_code"] == code
    assert [one["cause"] for one in document["findings"]] == [str(cause) for cause in causes]


def test_verify_for_bosh_tells_how_many_passed_and_warns_and_where_to_go(library: Library, run: Run) -> None:
    library.findings = (*library.findings, Finding(check="login", severity=Severity.WARN, what="was none"))
    done = run("verify", "--for", "bosh", "--iaas", "aws")
    assert done.code == 0
    assert "1 check passed, 1 warning in " in done.out
    assert done.out.splitlines()[-1] == "Next: paver render bosh-director --iaas aws"
    assert library.kept is None


def test_verify_for_bosh_takes_a_document_that_was_kept(library: Library, run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(environment().model_dump_json())
    assert run("verify", "--for", "bosh", "--environment", str(kept)).code == 0
    assert library.kept == environment()
    kept.write_text("{}")
    assert run("verify", "--for", "bosh", "--environment", str(kept)).code == 2


def test_a_kept_document_or_another_consumer_alone_is_a_wrong_command_line(library: Library, run: Run) -> None:
    assert run("verify", "--environment", "kept.json").code == 2
    assert run("verify", "--for", "nobody").code == 2


def test_the_variable_that_names_a_document_for_render_is_nothing_to_verify(
    library: Library, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAVER_ENVIRONMENT", "kept.json")
    assert run("verify").code == 7


def test_pave_is_preceded_by_preflight_and_not_begun_where_that_fails(library: Library, run: Run) -> None:
    library.findings = (
        Finding(
            check="addresses",
            severity=Severity.FAIL,
            what="10.20.0.4 answers already",
            hint="choose another",
            path=("address_space",),
        ),
        Finding(check="clock", severity=Severity.OK, what="in step"),
    )
    done = run("pave", "-y")
    assert done.code == 7
    assert not library.changed
    assert "10.20.0.4 answers already (environment.yml:7)" in done.err
    assert "in step" not in done.err


def test_where_nobody_can_be_asked_pave_wants_a_flag(library: Library, run: Run) -> None:
    done = run("pave")
    assert done.code == 2
    assert done.err.splitlines()[-1] == "error: nobody is here to ask; --auto-approve consents"
    assert not library.changed
    assert run("pave", "--auto-approve").code == 0
    assert library.changed


def test_consent_has_a_variable(library: Library, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAVER_AUTO_APPROVE", "1")
    assert run("pave").code == 0


def test_with_nothing_to_do_nobody_is_asked(library: Library, run: Run) -> None:
    library.planned = a_plan(Action.KEEP)
    done = run("pave")
    assert done.code == 0
    assert "staging on aws is as it should be: 1 kept, 0 changed in 2.0 s, 9 calls" in done.err


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1), ("staging\n", 1)]
)
def test_on_a_terminal_pave_shows_the_plan_and_asks(answer: str, code: int, library: Library, run: Run) -> None:
    done = run("pave", answer=answer)
    assert done.code == code
    assert library.changed is (code == 0)
    assert "  + disk   2  d0 d1" in done.err
    assert "2 to create, 0 to change, 0 to delete." in done.err
    assert "Pave staging in account 123456789012? [y/N] " in done.err
    assert done.out == ""


def test_on_a_terminal_the_end_says_where_to_go(library: Library, run: Run) -> None:
    lines = run("pave", "--iaas", "aws", answer="y\n").err.splitlines()
    assert lines[-3:] == [
        "Paved staging on aws: 2 created in 2.0 s, 9 calls.",
        "  director goes to   10.20.0.6, subnet management-z1",
        "  document           paver outputs --iaas aws",
    ]


def test_destroy_wants_the_name_typed(library: Library, run: Run) -> None:
    library.planned = a_plan(Action.DELETE)
    for wrong in ("y\n", "production\n", ""):
        assert run("destroy", answer=wrong).code == 1
    assert not library.changed
    done = run("destroy", answer="staging\n")
    assert done.code == 0
    lines = [line.rstrip() for line in done.err.splitlines()]
    assert lines[-3:] == [
        "Destroyed staging on aws: 1 deleted in 2.0 s, 9 calls.",
        "Listed everything again: nothing of owner 7c1f0a52 is left. key/disks ends on 2026-11-30.",
        "214 things of others were not touched.",
    ]


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ((), 2),
        (("-y",), 2),
        (("--confirm-env", "staging"), 2),
        (("-y", "--confirm-env", "production"), 2),
        (("-y", "--confirm-env", "staging"), 0),
    ],
)
def test_elsewhere_destroy_wants_both_flags(flags: tuple[str, ...], code: int, library: Library, run: Run) -> None:
    library.planned = a_plan(Action.DELETE)
    assert run("destroy", *flags).code == code
    assert library.changed is (code == 0)


def test_on_a_terminal_approval_alone_does_not_replace_the_name(library: Library, run: Run) -> None:
    library.planned = a_plan(Action.DELETE)
    assert run("destroy", "-y", answer="\n").code == 1


def test_outputs_gives_one_value_by_its_path(library: Library, run: Run) -> None:
    assert run("outputs", "networks.management.assigned.director").out == "10.20.0.6\n"
    assert json.loads(run("outputs", "networks.management.assigned", "-o", "json").out) == {"director": "10.20.0.6"}
    missing = run("outputs", "network")
    assert missing.code == 2
    assert "did you mean networks?" in missing.err
    assert run("outputs").out.splitlines() == [
        "staging on aws: account 123456789012, eu-west-1",
        "",
        "  director   10.20.0.6 in 10.20.0.0/22, gateway 10.20.0.1",
    ]


@pytest.mark.parametrize(
    "error",
    [
        PaverError("a"),
        SpecError("b", messages=["environment.yml:1:1: x: y"]),
        Denied("c", action="iam:PassRole"),
        Locked("d"),
        WrongTarget("e"),
        Stopped("f", exit_code=143),
    ],
)
def test_an_error_decides_the_exit_code(error: PaverError, library: Library, run: Run) -> None:
    library.raises = error
    done = run("verify")
    assert done.code == error.exit_code
    assert done.out == ""
    last = json.loads(run("verify", "--log-format", "json").err.splitlines()[-1])
    assert last["event"] == "error"
    assert last["exit_code"] == error.exit_code


def test_a_bug_exits_255_with_one_error_and_no_traceback(library: Library, run: Run, tmp_path: Path) -> None:
    library.raises = ValueError("a planted secret")
    done = run("plan", "--state-dir", str(tmp_path / "here"))
    assert done.code == 255
    assert done.err.startswith("error: a bug of paver's: ValueError in fakes.py:")
    assert "Traceback" not in done.err
    (log,) = (tmp_path / "here").iterdir()
    assert "planted" not in done.err + log.read_text()


def test_a_drivers_defect_is_logged_as_well(library: Library, run: Run, tmp_path: Path) -> None:
    cause = KeyError("a planted secret")
    library.raises = Defect("connect", cause)
    library.raises.__cause__ = cause
    done = run("plan", "--state-dir", str(tmp_path / "here"))
    assert done.code == 255
    assert "the driver let a KeyError out" in done.err
    assert len(list((tmp_path / "here").iterdir())) == 1


def test_flags_reach_the_library(library: Library, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAVER_LOCK_TIMEOUT", "2m")
    monkeypatch.setenv("PAVER_CONFIG", "a.yml:b.yml")
    flags = "--iaas aws --state-dir s --parallelism 3 --timeout 90s --replace-secret a --replace-secret b --delete-data"
    assert run("pave", "-y", *flags.split()).code == 0
    (options,) = library.options
    assert options.state_dir == Path("s")
    assert options.parallelism == 3
    assert 80 < options.timeout <= 90  # what the verb did before is taken from it
    assert options.lock_timeout == 120
    assert options.replace_secrets == {"a", "b"}
    assert options.delete_data
    assert library.loads == [((Path("a.yml"), Path("b.yml")), "aws")]


def test_no_flag_takes_a_secret() -> None:
    words = ("password", "token", "secret", "key")
    for verb in VERBS:
        command = root.get_command(root.make_context("paver", ["version"]), verb.name)
        assert command is not None
        for parameter in command.params:
            named = [option for option in parameter.opts if any(word in option for word in words)]
            # --key takes a file's name, and --with-secrets nothing.
        assert named in ([], ["--replace-secret"], ["--key"], ["--with-secrets"]), (verb.name, named)


def test_quiet_leaves_the_result_alone(library: Library, run: Run) -> None:
    done = run("pave", "-y", "-q", "-o", "json")
    assert done.err == ""
    assert json.loads(done.out)["name"] == "staging"


def test_an_unknown_verb_names_the_nearest(run: Run) -> None:
    done = run("plna")
    assert done.code == 2
    assert "error: there is no verb plna; did you mean plan?" in done.err


def test_a_json_log_has_even_a_wrong_flag_as_an_object(run: Run) -> None:
    done = run("plan", "--log-format", "json", "--bogus")
    assert json.loads(done.err)["exit_code"] == 2
