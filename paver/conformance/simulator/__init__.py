"""The deterministic simulator: the engine against a cloud that fails, lags and crashes, in virtual time.

The same seed gives the same run, call by call: `python -m paver.conformance.simulator --seeds 1 --first SEED`.
"""

from paver.conformance.simulator.cloud import Cloud, Conditions, Violation
from paver.conformance.simulator.story import Story, play
from paver.conformance.simulator.topology import Thing, census, random_topology

__all__ = ["Cloud", "Conditions", "Story", "Thing", "Violation", "census", "play", "random_topology"]
