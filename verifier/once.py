"""What is made when it is first needed, once, whatever the number of threads that need it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - it is used as `property` is
    """A method without arguments as an attribute, like `functools.cached_property` with a lock.

    That one has none since Python 3.12: two threads would make two connection pools, and one would never
    be closed. Others wait for the first to be done; where it raises, the next one tries again.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: object, owner: type) -> T: ...
    def __get__(self, holder: object | None, owner: type) -> Self | T:
        """The value, made where it is not here yet."""
        if holder is None:
            return self
        held = vars(holder)
        if self._name not in held:
            # Of its own for each value, and for one thread several times: one value may need another.
            with held.setdefault(f"lock of {self._name}", threading.RLock()):
                if self._name not in held:
                    held[self._name] = self._make(holder)
        value: T = held[self._name]
        return value

    def __set__(self, holder: object, value: T) -> None:
        """Have ``value`` instead of what would be made."""
        vars(holder)[self._name] = value
