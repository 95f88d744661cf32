"""What there is in an emulated account, counted by noun and name."""

from __future__ import annotations

from collections import Counter

from accounts import Account

from paver_aws.sandbox.census import FADING
from paver_aws.sandbox.census import census as everything


def census(account: Account) -> Counter[str]:
    """Everything but what AWS gives to everybody. Keys that fade are nameless: earlier ones stand among them."""
    return Counter(one.noun if one.noun == FADING else f"{one.noun} {one.name}" for one in everything(account.client))
