"""The form of what is said of a finding."""

from dataclasses import dataclass

from model.words import Message


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence with places for a finding's numbers, and the formula and the source behind it."""

    text: Message
    detail: Message | None = None
