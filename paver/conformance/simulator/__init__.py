"""The deterministic simulator: the engine against a cloud that fails, lags and crashes, in virtual time.

The same seed gives the same run, call by call.
"""

from paver.conformance.simulator.cloud import Cloud, Conditions
from paver.conformance.simulator.paver import simulate
from paver.conformance.simulator.topology import Thing, census, random_topology

__all__ = ["Cloud", "Conditions", "Thing", "census", "random_topology", "simulate"]
