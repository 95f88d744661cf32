from __future__ import annotations

import sys
from pathlib import Path

import pytest

from paver import clash, doctor
from paver.__main__ import main
from paver.cli.output.drivers import driver_lines
from paver.registry import DriverEntry

AWS = DriverEntry("aws", "iaas-paver", "0.4.0", 1, "boto3", "1.44.5", "ready")
AZURE = DriverEntry("azure", "iaas-paver", "0.4.0", 1, "azure-identity", None, "SDK missing", "iaas-paver[azure]")
GCP = DriverEntry("gcp", "iaas-paver", "0.4.0", 1, "google-cloud-compute", None, "SDK missing", "iaas-paver[gcp]")
PROXMOX = DriverEntry("proxmox", "paver-proxmox", "0.1.2", 2, "proxmoxer", "2.1", "too new for this paver")


def test_drivers_are_a_table_that_ends_with_what_to_install() -> None:
    assert driver_lines([AWS, AZURE, GCP, PROXMOX]) == [
        "NAME      VERSION   PACKAGE         SDK             CONTRACT   STATE",
        "aws       0.4.0     iaas-paver      boto3 1.44.5    1          ready",
        "azure     0.4.0     iaas-paver      –               1          SDK missing",  # noqa: RUF001  as it is printed
        "gcp       0.4.0     iaas-paver      –               1          SDK missing",  # noqa: RUF001  the same
        "proxmox   0.1.2     paver-proxmox   proxmoxer 2.1   2          too new for this paver",
        "",
        "1 of 4 ready. pip install 'iaas-paver[azure,gcp]' brings the missing SDKs.",
    ]


def script(directory: Path, text: str) -> dict[str, str]:
    path = directory / "paver"
    path.write_text(text)
    path.chmod(0o755)
    return {"PATH": str(directory)}


OURS = "#!/usr/bin/python\nfrom paver.__main__ import main\nmain()\n"
THEIRS = "#!/usr/bin/python\nfrom paver.command import main\nmain()\n"


def test_the_script_of_the_other_tool_is_told_from_ours(tmp_path: Path) -> None:
    assert doctor.script(script(tmp_path, OURS)).severity == "ok"
    found = doctor.script(script(tmp_path, THEIRS))
    assert found.severity == "fail"
    assert str(tmp_path / "paver") in found.what
    assert "iaas-paver" in found.hint
    assert doctor.script({"PATH": str(tmp_path / "empty")}).severity == "warn"


def test_the_other_tool_is_found_installed_beside_or_over_this_one(tmp_path: Path) -> None:
    assert [check.severity for check in doctor.names(tmp_path, {"iaas-paver"})] == ["ok"]
    assert [check.severity for check in doctor.names(tmp_path, {"iaas-paver", "paver"})] == ["fail"]
    (tmp_path / "easy.py").touch()
    (found,) = doctor.names(tmp_path, {"iaas-paver"})
    assert found.severity == "fail"
    assert "pip uninstall" in found.hint


def test_an_old_python_and_a_missing_sdk_are_told(tmp_path: Path) -> None:
    assert doctor.python((3, 10, 4)).severity == "fail"
    checks = {check.what: check for check in doctor.sdks([AWS, AZURE])}
    assert checks["aws 0.4.0"].severity == "ok"
    assert checks["azure: SDK missing"].hint == "pip install 'iaas-paver[azure]'"


def test_a_directory_that_others_can_read_or_that_is_none_is_told(tmp_path: Path) -> None:
    wide = tmp_path / "wide"
    wide.mkdir(mode=0o755)
    wide.chmod(0o755)
    assert doctor.writable("state", wide).severity == "warn"
    wide.chmod(0o700)
    assert doctor.writable("state", wide).severity == "ok"
    assert doctor.writable("state", tmp_path / "not" / "there" / "yet").severity == "ok"
    file = tmp_path / "file"
    file.touch()
    assert doctor.writable("state", file / "below").severity == "fail"


def test_a_mixed_installation_stops_the_script_and_names_the_clash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clash, "mixed", lambda package: True)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/paver", "plan"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert capsys.readouterr().err.startswith("error: another distribution named Paver is installed over iaas-paver\n")


def test_windows_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "Linux and macOS" in capsys.readouterr().err
