"""How a refusal reads in each protocol: by the parsers of those who speak it, where they are installed."""

# ruff: noqa: S314  what is parsed is what the wire itself wrote
from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from paver.conformance.wire import VOICES, Fault, Refusal, Reply, Request, Sort

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"
FORM = {"content-type": "application/x-www-form-urlencoded"}
XML = {"content-type": "text/xml; charset=utf-8"}
JSON = {"content-type": "application/json"}
SOAP = b'<e:Envelope xmlns:e="x"><e:Body><CreateFolder xmlns="urn:vim25"/></e:Body></e:Envelope>'
THROTTLED, UNAVAILABLE = Refusal(Fault.THROTTLED, 3), Refusal(Fault.UNAVAILABLE, 3)


def asked(verb: str = "POST", target: str = "/", headers: dict[str, str] | None = None, body: bytes = b"") -> Request:
    return Request("r", verb, target, headers or {}, body, "x", Sort.MUTATION)


def signed(service: str, more: dict[str, str] | None = None) -> dict[str, str]:
    return {"authorization": SIGNED.format(service), **(more or {})}


def code(reply: Reply) -> str:
    text = reply.body.decode()
    if text.startswith("{"):
        said = json.loads(text)
        if "__type" in said:
            return str(said["__type"])
        error = said["error"]
        return str(error["errors"][0]["reason"] if "errors" in error else error["code"])
    if "<" not in text:
        return ""
    found = next((part.text for part in ET.fromstring(text).iter() if part.tag.endswith(("Code", "}faultcode"))), None)
    return found or "ServerFaultCode"


@pytest.mark.parametrize(
    ("voice", "throttled", "unavailable"),
    [
        ("plain", (429, ""), (503, "")),
        ("ec2", (503, "RequestLimitExceeded"), (503, "ServiceUnavailable")),
        ("query", (400, "Throttling"), (503, "ServiceUnavailable")),
        ("json", (400, "ThrottlingException"), (503, "ServiceUnavailableException")),
        ("s3", (503, "SlowDown"), (503, "ServiceUnavailable")),
        ("arm", (429, "TooManyRequests"), (503, "ServiceUnavailable")),
        ("rpc", (403, "rateLimitExceeded"), (503, "backendError")),
        ("soap", (500, "ServerFaultCode"), (500, "ServerFaultCode")),
    ],
)
def test_each_protocol_has_its_own_words(voice: str, throttled: tuple[int, str], unavailable: tuple[int, str]) -> None:
    request = asked(body=SOAP)
    for refusal, wanted in ((THROTTLED, throttled), (UNAVAILABLE, unavailable)):
        reply = VOICES[voice](request, refusal)
        assert (reply.status, code(reply)) == wanted
        assert reply.headers["Content-Type"]


@pytest.mark.parametrize("voice", ["plain", "arm"])
def test_patience_is_asked_for_in_seconds_where_the_protocol_has_a_header_for_it(voice: str) -> None:
    assert VOICES[voice](asked(), THROTTLED).headers["Retry-After"] == "3"


@pytest.mark.parametrize(
    ("request_", "voice"),
    [
        (asked(headers=XML, body=SOAP), "soap"),
        (asked(headers=signed("ec2", FORM)), "ec2"),
        (asked(headers=signed("iam", FORM)), "query"),
        (asked(headers=signed("elasticloadbalancing", FORM)), "query"),
        (asked(headers=signed("s3")), "s3"),
        (asked(headers=signed("kms", {"x-amz-target": "TrentService.Encrypt"})), "json"),
        (asked(headers=signed("eks", JSON)), "json"),
        (asked("PUT", "/subscriptions/s/resourceGroups/g", JSON), "arm"),
        (asked("POST", "/compute/v1/projects/p/global/networks", JSON), "rpc"),
        (asked("GET", "/anything"), "plain"),
    ],
)
def test_the_fitting_voice_speaks_as_the_request_does(request_: Request, voice: str) -> None:
    for refusal in (THROTTLED, UNAVAILABLE):
        fitting, own = VOICES["fitting"](request_, refusal), VOICES[voice](request_, refusal)
        assert (fitting.status, code(fitting), set(fitting.headers)) == (own.status, code(own), set(own.headers))


def test_a_head_request_gets_no_body() -> None:
    assert VOICES["s3"](asked("HEAD"), THROTTLED).body == b""


def test_a_soap_fault_is_one_that_says_later_and_only_where_the_method_has_such_a_one() -> None:
    reply = VOICES["soap"](asked(headers=XML, body=SOAP), UNAVAILABLE)
    (detail,) = (part for part in ET.fromstring(reply.body).iter() if part.tag == "{urn:vim25}HostCommunicationFault")
    assert detail.attrib == {"{http://www.w3.org/2001/XMLSchema-instance}type": "HostCommunication"}
    other = SOAP.replace(b"urn:vim25", b"urn:sso")
    assert VOICES["soap"](asked(headers=XML, body=other), UNAVAILABLE).status == 503


@pytest.mark.parametrize(
    ("voice", "protocol"), [("ec2", "ec2"), ("query", "query"), ("json", "json"), ("s3", "rest-xml")]
)
def test_botocore_reads_the_code(voice: str, protocol: str) -> None:
    parsers = pytest.importorskip("botocore.parsers")
    reply = VOICES[voice](asked(), THROTTLED)
    parser = parsers.create_parser(protocol)
    said = parser.parse({"status_code": reply.status, "headers": dict(reply.headers), "body": reply.body}, None)
    retried = pytest.importorskip("botocore.retries.standard").ThrottledRetryableChecker
    assert said["Error"]["Code"] == code(reply)
    assert said["Error"]["Code"] in retried._THROTTLED_ERROR_CODES


def test_pyvmomi_raises_the_fault() -> None:
    pytest.importorskip("pyVmomi")
    from pyVmomi import vmodl  # noqa: PLC0415  skipped where it is missing
    from pyVmomi.SoapAdapter import SoapResponseDeserializer, SoapStubAdapter  # noqa: PLC0415  the same

    reply = VOICES["soap"](asked(headers=XML, body=SOAP), THROTTLED)
    found = SoapResponseDeserializer(SoapStubAdapter("127.0.0.1")).Deserialize(reply.body, object)
    assert isinstance(found, vmodl.fault.HostCommunication)
    assert found.msg == "Rate exceeded"
