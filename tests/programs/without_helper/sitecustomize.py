"""Hides the C helper from a Python that has this folder on its path, as if it was never built."""

import sys

sys.modules["chartserver._cohort"] = None
