"""Every noun there is: what is served, migrated, awaited by /ready and deleted with an account."""

from taskapi.owned.columns import metadata
from taskapi.tasks import routes as tasks

__all__ = ["NOUNS", "metadata"]

NOUNS = (tasks.router,)
