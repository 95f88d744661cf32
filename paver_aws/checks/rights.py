"""Rights: what IAM's own simulator says of whoever calls, for each action that the spec asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, cast

from paver.contract.driver import Finding
from paver.contract.errors import CallError
from paver.contract.findings import good, warn
from paver.contract.spec import EnvironmentSpec
from paver_aws.api import Api, Record
from paver_aws.permissions import policy
from paver_aws.settings import AwsSettings

AT_ONCE = 50
"""Actions that the simulator is asked about in one call."""
NAMED = 12
"""Actions that are named."""
AT_A_TIME = 4
"""Calls. IAM is one service for all regions, and slows down whoever asks much."""
ALLOWED = "allowed"
_ASSUMED = re.compile(r":assumed-role/([^/]+)/")
SEE = "paver permissions prints what it needs"


class _Question(NamedTuple):
    actions: Sequence[str]
    places: Sequence[str]
    circumstances: Sequence[tuple[str, Any]]
    """Keys of the request's context, and what they are then."""


def allowed(api: Api, spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Finding]:
    """A warning for what is not allowed: the simulator knows no session policy, so that it is not the last word."""
    try:
        source = _source(api)
        with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="rights") as pool:
            each = pool.map(lambda question: _denied(api, source, question), _questions(spec, settings))
            denied = [action for found in each for action in found]
    except CallError as error:
        yield warn("permission", f"IAM's simulator was not asked: {error.message}", SEE)
        return
    if denied:
        named = list(dict.fromkeys(denied))
        more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
        yield warn("permission", f"IAM says that these are not allowed: {', '.join(named[:NAMED])}{more}", SEE)
    else:
        yield good("permission", "IAM says that all of it is allowed")


def _source(api: Api) -> str:
    """Whose policies count: a role's, where somebody has assumed it. A session's ARN leaves out the role's path."""
    arn = str(api.identity["Arn"])
    assumed = _ASSUMED.search(arn)
    if assumed is None:
        return arn
    roles = api.pages("iam", "list_roles", "Roles")
    return next((str(role["Arn"]) for role in roles if role["RoleName"] == assumed[1]), arn)


def _questions(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[_Question]:
    """Statements about the same places in the same circumstances are one question."""
    document = cast("Mapping[str, Any]", policy(spec, settings))
    about: dict[tuple[tuple[str, ...], tuple[tuple[str, Any], ...]], dict[str, None]] = {}
    for statement in document["Statement"]:
        # No value of several is among them: those conditions are of another operator.
        circumstances = tuple(statement.get("Condition", {}).get("StringEquals", {}).items())
        about.setdefault((tuple(statement["Resource"]), circumstances), {}).update(dict.fromkeys(statement["Action"]))
    for (places, circumstances), asked in about.items():
        actions = list(asked)
        for start in range(0, len(actions), AT_ONCE):
            yield _Question(actions[start : start + AT_ONCE], places, circumstances)


def _denied(api: Api, source: str, question: _Question) -> list[str]:
    """Each action is allowed where it is on any of the places: not every place is of its kind."""
    answer = api.read(
        "iam",
        "simulate_principal_policy",
        PolicySourceArn=source,
        ActionNames=question.actions,
        ResourceArns=[one.replace("*", "example") if one != "*" else one for one in question.places],
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in question.circumstances
        ],
        MaxItems=1000,
    )
    return [str(result["EvalActionName"]) for result in answer["EvaluationResults"] if not _allowed(result)]


def _allowed(result: Record) -> bool:
    each = [one["EvalResourceDecision"] for one in result.get("ResourceSpecificResults", ())]
    return ALLOWED in (each or [result["EvalDecision"]])
