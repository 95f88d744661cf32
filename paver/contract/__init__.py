"""The contract: all of paver that a driver may import. It imports pydantic and the standard library only."""
