"""Proxies and authorities of the environment hold as requests has them; they are asked for once a host; no `.netrc`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from paver.contract.connections import steady

PROXIES = {"HTTPS_PROXY": "http://proxy.example.com:3128", "NO_PROXY": "inside.example.com,192.0.2.0/24"}
NETRC = "machine api.example.com login somebody password secret\ndefault login anybody password secret\n"


class Noted(BaseAdapter):
    """Sends nothing, and notes what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:  # type: ignore[override]  # its options are many
        self.given.append({**options, "headers": dict(request.headers)})
        answer = requests.Response()
        answer.status_code = 200
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def opened() -> tuple[requests.Session, Noted]:
    """A session that leads nowhere."""
    session, noted = steady(requests.Session()), Noted()
    session.mount("https://", noted)
    return session, noted


URLS = ("https://api.example.com/a", "https://inside.example.com/b", "https://192.0.2.7/c", "https://api.example.com/d")


def test_the_environments_proxies_and_authorities_hold_as_they_do_for_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**PROXIES, "REQUESTS_CA_BUNDLE": "/etc/ssl/corporate.pem"}.items():
        monkeypatch.setenv(name, value)
    plain, expected = requests.Session(), Noted()
    plain.mount("https://", expected)
    session, noted = opened()
    for url in URLS:
        for made in (plain, session):
            made.get(url)
            made.get(url, verify="/etc/ssl/other.pem")
            made.get(url, proxies={"https": "http://another.example.com:1"})
    said = [
        [{name: one[name] for name in ("proxies", "verify", "cert", "stream")} for one in given.given]
        for given in (expected, noted)
    ]
    assert said[0] == said[1]
    assert {one["proxies"].get("https") for one in noted.given} > {PROXIES["HTTPS_PROXY"], None}


def test_each_host_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def environment(url: str, no_proxy: str | None = None) -> dict[str, str]:
        asked.append(url)
        return {}

    monkeypatch.setattr("requests.sessions.get_environ_proxies", environment)
    session, noted = opened()
    for url in URLS * 3:
        session.get(url)
    assert (asked, len(noted.given)) == ([*URLS[:3]], 12)


def test_what_one_request_is_given_the_next_one_does_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXIES["HTTPS_PROXY"])
    session, noted = opened()
    session.get(URLS[0])
    noted.given[0]["proxies"].clear()
    session.get(URLS[0])
    assert noted.given[1]["proxies"] == {"https": PROXIES["HTTPS_PROXY"]}


def test_a_password_of_a_netrc_takes_no_tokens_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text(NETRC, encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    bearer = {"Authorization": "Bearer token"}
    plain, spoilt = requests.Session(), Noted()
    plain.mount("https://", spoilt)
    plain.get(URLS[0], headers=bearer)
    assert spoilt.given[0]["headers"]["Authorization"].startswith("Basic ")
    session, noted = opened()
    session.get(URLS[0], headers=bearer)
    assert noted.given[0]["headers"]["Authorization"] == bearer["Authorization"]
