"""One Open Data Contract Standard file per dataset and table, and the code that reads them."""

from data_contracts.contracts import Column, Contract, all_names, load

__all__ = ["Column", "Contract", "all_names", "load"]
