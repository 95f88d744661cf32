"""A policy changes as a whole: what paver writes leaves everybody else's bindings as they were."""

from __future__ import annotations

from paver_gcp.resources.policy import roles_of, with_roles

EMAIL = "sandbox-bosh-cpi@p.iam.gserviceaccount.com"
OURS, THEIRS = f"serviceAccount:{EMAIL}", "user:a@example.com"
POLICY = {
    "version": 3,
    "etag": "abc",
    "bindings": [
        {"role": "roles/viewer", "members": [THEIRS, OURS]},
        {"role": "roles/editor", "members": [THEIRS], "condition": {"title": "until", "expression": "true"}},
        {"role": "projects/p/roles/cpi", "members": [OURS], "condition": {"title": "day", "expression": "true"}},
        {"role": "roles/owner", "members": [OURS]},
    ],
}


def test_every_role_shows_and_one_under_a_condition_says_so() -> None:
    assert roles_of(POLICY, EMAIL) == ("projects/p/roles/cpi if day", "roles/owner", "roles/viewer")


def test_exactly_the_wanted_roles_are_left_and_others_keep_theirs() -> None:
    changed = with_roles(POLICY, EMAIL, ["projects/p/roles/cpi"])
    assert changed["etag"] == "abc"
    assert changed["bindings"] == [
        {"role": "roles/viewer", "members": [THEIRS]},
        {"role": "roles/editor", "members": [THEIRS], "condition": {"title": "until", "expression": "true"}},
        {"role": "projects/p/roles/cpi", "members": [OURS]},
    ]
    assert roles_of(changed, EMAIL) == ("projects/p/roles/cpi",)


def test_a_role_that_others_have_is_joined() -> None:
    before = {"bindings": [{"role": "projects/p/roles/cpi", "members": [THEIRS]}]}
    assert with_roles(before, EMAIL, ["projects/p/roles/cpi"])["bindings"] == [
        {"role": "projects/p/roles/cpi", "members": [THEIRS, OURS]}
    ]


def test_no_roles_leave_no_trace() -> None:
    once = with_roles({"bindings": []}, EMAIL, ["a", "b"])
    assert with_roles(once, EMAIL, [])["bindings"] == []
