"""The conformance kit: what proves that a driver keeps the contract. It ships in the wheel."""
