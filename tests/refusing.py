"""What an act was refused with."""

from collections.abc import Callable
from typing import Any

import pytest

from expertpool.refusals import Refusal, Refused


def refusals_of(act: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Refusal, ...]:
    """The reasons for which ``act`` is refused; the test fails where it is done."""
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return tuple(caught.value.refusals)


def codes(caught: "pytest.ExceptionInfo[Refused]") -> list[str]:
    """The codes of a refusal that ``pytest.raises`` has caught."""
    return [one.code for one in caught.value.refusals]


def codes_of(act: Callable[..., Any], *args: Any, **kwargs: Any) -> list[str]:
    """The codes with which ``act`` is refused."""
    return [one.code for one in refusals_of(act, *args, **kwargs)]
