"""The wire: a reverse proxy on loopback that counts what a client sends, and behaves as badly as it is told.

with Wire(Route("127.0.0.1:8443", "127.0.0.1:9443", certificate, key)) as wire:
    wire.faults(Rates.evenly(0.15), seed=7)
    wire.kill(process.pid, at=3, when="before")
    ...
    assert wire.counts().mutating == 3
"""

from paver.conformance.wire.behaviour import Client, When
from paver.conformance.wire.chain import longest_chain
from paver.conformance.wire.classify import classify
from paver.conformance.wire.fault import Fault
from paver.conformance.wire.log import Counts, Exchange
from paver.conformance.wire.proxy import Wire
from paver.conformance.wire.rates import Rates
from paver.conformance.wire.request import Only, Request
from paver.conformance.wire.route import Route
from paver.conformance.wire.sort import Sort
from paver.conformance.wire.voice import VOICES, Refusal, Reply, Voice

__all__ = [
    "VOICES",
    "Client",
    "Counts",
    "Exchange",
    "Fault",
    "Only",
    "Rates",
    "Refusal",
    "Reply",
    "Request",
    "Route",
    "Sort",
    "Voice",
    "When",
    "Wire",
    "classify",
    "longest_chain",
]
