"""The engine: order, plan, apply, journal, lock, retry, events. It knows kinds, and no IaaS."""
