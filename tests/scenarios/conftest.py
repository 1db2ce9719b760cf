"""Names that scenarios have used from here."""

from tests.scenarios.fixtures import OpenShop, StartServer

__all__ = ["OpenShop", "StartServer"]
