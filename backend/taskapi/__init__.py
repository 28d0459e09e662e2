"""The task API of the Gatepass application: FastAPI behind the `gatepass` middleware.

Read `main.py` first: it assembles everything else, top-down.
"""

__version__ = "0.1.0"
