"""Errors a user can act on: one line that says what is wrong and what to do."""

from __future__ import annotations

from functools import partial


class C2BError(Exception):
    """Base of every error the command line prints as one line.

    ``exit_code`` groups them for schedulers: 2 configuration, 3 input data,
    4 contract, 5 state of the lake or ledger.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str) -> None:
        self.message = " ".join(message.split())
        self.remedy = " ".join(remedy.split())
        super().__init__(f"{self.message} Remedy: {self.remedy}")

    def __reduce__(self) -> tuple[partial[C2BError], tuple[str]]:
        """Made again from message and remedy, so that it comes back whole from another process."""
        return partial(type(self), remedy=self.remedy), (self.message,)


class ConfigurationError(C2BError):
    """The configuration file, or a command-line value, cannot be used."""

    exit_code = 2


class SourceError(C2BError):
    """An input file is missing or cannot be read."""

    exit_code = 3


class NoDataError(C2BError):
    """There is nothing to work on before the planning day."""

    exit_code = 3


class UnknownCategoryError(C2BError):
    """A category was named that no input knows."""

    exit_code = 3


class TaxonomyClashError(C2BError):
    """A word cannot be added to the taxonomy, because of what stands there already."""

    exit_code = 3


class TaxonomyFindingsError(C2BError):
    """The linter found something in the taxonomy."""

    exit_code = 4


class ContractBreachError(C2BError):
    """Data broke its contract beyond the threshold; nothing was published."""

    exit_code = 4


class StateError(C2BError):
    """The lake or the ledger is not in the state the step needs."""

    exit_code = 5
