"""What the reviews under way may take together."""

from __future__ import annotations

import pytest

from verifier.limits import (
    REVIEWS_OF_SOURCE_BYTES,
    REVIEWS_OF_SOURCE_VALUES,
    REVIEWS_TOTAL_BYTES,
    REVIEWS_TOTAL_VALUES,
)
from verifier.webhook.room import NoRoomError, Room


def test_one_source_leaves_room_for_another() -> None:
    room = Room()
    with room.review("a") as one, room.review("b") as other:
        one.take(REVIEWS_OF_SOURCE_BYTES, values=REVIEWS_OF_SOURCE_VALUES)
        with pytest.raises(NoRoomError), room.review("a") as again:
            again.take(1)
        with pytest.raises(NoRoomError), room.review("a") as again:
            again.take(values=1)
        other.take(REVIEWS_TOTAL_BYTES - REVIEWS_OF_SOURCE_BYTES)
        other.take(values=REVIEWS_TOTAL_VALUES - REVIEWS_OF_SOURCE_VALUES)
        with pytest.raises(NoRoomError), room.review("c") as third:
            third.take(1)
        with pytest.raises(NoRoomError), room.review("c") as third:
            third.take(values=1)
    assert room.taken == (0, 0)


def test_what_is_given_back_is_free_whatever_happened() -> None:
    room = Room()
    with room.review("a") as review:
        review.take(REVIEWS_OF_SOURCE_BYTES, values=7)
        with pytest.raises(NoRoomError):
            review.take(1, values=1)
        assert room.taken == (REVIEWS_OF_SOURCE_BYTES, 7)
    assert room.taken == (0, 0)
    with room.review("a") as review:
        review.take(REVIEWS_OF_SOURCE_BYTES)
        assert room.taken == (REVIEWS_OF_SOURCE_BYTES, 0)
