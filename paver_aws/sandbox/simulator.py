"""IAM's simulator, which moto has not: what the policies of a user or role say of actions on resources.

IAM API Reference, SimulatePrincipalPolicy: each action on each of the resources, by the principal's own and attached
policies, with the context that the caller names; IAM User Guide, "Global condition keys". Of conditions it knows
`StringEquals`; a statement with any other, or one that the context does not meet, says nothing. moto itself reads the
rest. Whoever has no policies at all, as a sandbox's first key, may do everything there, and is told so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

EQUALS = "StringEquals"


def simulate() -> None:
    """Teach moto in this process. Doing it twice does nothing more."""
    from moto.core.responses import ActionResult  # noqa: PLC0415  it reads its settings when it is imported
    from moto.iam import responses as typed  # noqa: PLC0415  the same

    answers: Any = typed.IamResponse

    def simulated(self: Any) -> Any:
        context = {
            str(entry["ContextKeyName"]): list(entry["ContextKeyValues"])
            for entry in self._get_param("ContextEntries", [])
        }
        policies = _policies_of(self.backend, self._get_param("PolicySourceArn"))
        applying = None if policies is None else [_applying(policy, context) for policy in policies]
        places = self._get_param("ResourceArns", []) or ["*"]
        results = [_result(applying, action, places) for action in self._get_param("ActionNames", [])]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    answers.simulate_principal_policy = simulated


def _result(policies: list[Any] | None, action: str, places: list[str]) -> Mapping[str, Any]:
    each = [{"EvalResourceName": place, "EvalResourceDecision": _decided(policies, action, place)} for place in places]
    said = [one["EvalResourceDecision"] for one in each]
    worst = next((one for one in ("explicitDeny", "implicitDeny") if one in said), "allowed")
    return {"EvalActionName": action, "EvalDecision": worst, "ResourceSpecificResults": each}


def _decided(policies: list[Any] | None, action: str, place: str) -> str:
    from moto.iam.access_control import PermissionResult  # noqa: PLC0415  it reads its settings when it is imported

    if policies is None:
        return "allowed"
    said = {policy.is_action_permitted(action, place) for policy in policies}
    if PermissionResult.DENIED in said:
        return "explicitDeny"
    return "allowed" if PermissionResult.PERMITTED in said else "implicitDeny"


def _applying(policy: Any, context: Mapping[str, list[str]]) -> Any:
    """A policy with the statements whose conditions are met, and without their conditions."""
    from moto.iam.access_control import IAMPolicy  # noqa: PLC0415  it reads its settings when it is imported

    read: Any = IAMPolicy(policy)
    statements = read._policy_json["Statement"]  # noqa: SLF001  moto gives it no other name
    if isinstance(statements, Mapping):
        statements = [statements]
    kept = [
        {name: value for name, value in statement.items() if name != "Condition"}
        for statement in statements
        if _met(statement.get("Condition", {}), context)
    ]
    return IAMPolicy(json.dumps({"Statement": kept}))


def _met(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, list[str]]) -> bool:
    return set(conditions) <= {EQUALS} and all(
        set(context.get(key, ())) & set([wanted] if isinstance(wanted, str) else wanted)
        for key, wanted in conditions.get(EQUALS, {}).items()
    )


def _policies_of(iam: Any, arn: str) -> list[Any] | None:
    """A user's or role's own and attached ones; None: it has none."""
    for user in iam.users.values():
        if user.arn == arn:
            own = [iam.get_user_policy(user.name, name) for name in iam.list_user_policies(user.name)]
            return [*own, *user.managed_policies.values()] or None
    for role in iam.roles.values():
        if role.arn == arn:
            return [*role.policies.values(), *role.managed_policies.values()] or None
    return None
