"""Which action moto's IAM asks for, where that is another than the one which AWS's asks for.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3" and "… for Amazon Resource Group
Tagging API". moto knows some of S3's questions by no name, so that it asks for the making or the listing of buckets.
"""

from __future__ import annotations

from typing import Any

BUCKETS = {
    "GET": {
        "encryption": "GetEncryptionConfiguration",
        "publicAccessBlock": "GetBucketPublicAccessBlock",
        "versions": "ListBucketVersions",
    },
    "PUT": {
        "encryption": "PutEncryptionConfiguration",
        "publicAccessBlock": "PutBucketPublicAccessBlock",
    },
}
"""By verb and by what stands in the query."""
TAGS = {"tagging": "tag"}
"""The name that a service signs by, and the one that its actions begin with."""
_MENDED = "_paver_spelled"


def respell() -> None:
    """Let moto in this process ask for what AWS asks for. Doing it twice does nothing more."""
    from moto.iam import access_control as typed  # noqa: PLC0415  it reads its settings when it is imported
    from moto.s3.responses import ACTION_MAP  # noqa: PLC0415  the same

    for verb, questions in BUCKETS.items():
        ACTION_MAP["BUCKET"][verb].update(questions)
    control: Any = typed
    request = control.IAMRequestBase
    if getattr(request, _MENDED, False):
        return
    check = request.check_action_permitted

    def checked(self: Any, resource: str) -> None:
        service, _, action = self._action.partition(":")
        self._action = f"{TAGS.get(service, service)}:{action}"
        check(self, resource)

    request.check_action_permitted = checked
    setattr(request, _MENDED, True)
