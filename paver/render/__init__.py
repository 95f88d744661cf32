"""Renderings: an environment document as its consumers read it. Pure functions of the document; it contacts nothing."""
