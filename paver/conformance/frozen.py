"""Loaded last by the server that runs are forked from: what is there by then is no garbage, and no run looks for any.

A hundred thousand objects of an SDK take as long to look through as a plan takes, and looking copies their pages.
"""

from __future__ import annotations

import gc

gc.collect()
gc.freeze()
