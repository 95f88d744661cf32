"""A VM that is made from an OVA, step by step: read through, import, marks, power."""
