"""Regulations as data: what a rule set says, read from TOML files. Pure; knows no database and no clock."""

from .catalogue import NoEditionInForce
from .loader import RegulationError, load
from .schema import Provision, Regulation, printed

__all__ = ["NoEditionInForce", "Provision", "Regulation", "RegulationError", "load", "printed"]
