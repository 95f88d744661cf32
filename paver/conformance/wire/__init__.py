"""The wire: a reverse proxy on loopback that counts what a client sends, delays it, loses answers, kills the client.

with Wire(Route("127.0.0.1:8443", "127.0.0.1:9443", certificate, key)) as wire:
    wire.kill(process.pid, at=3, when="before")
    ...
    assert wire.counts().mutating == 3
"""

from paver.conformance.wire.behaviour import Behaviour, Client, When
from paver.conformance.wire.chain import longest_chain
from paver.conformance.wire.classify import Sort, classify
from paver.conformance.wire.log import Counts, Exchange, Log
from paver.conformance.wire.proxy import Wire
from paver.conformance.wire.route import Route

__all__ = [
    "Behaviour",
    "Client",
    "Counts",
    "Exchange",
    "Log",
    "Route",
    "Sort",
    "When",
    "Wire",
    "classify",
    "longest_chain",
]
