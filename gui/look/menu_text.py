"""Texts as menus take them."""

from model.words import Message


def unmarked(text: str) -> str:
    """Write a text so that a menu shows its ampersands, instead of taking a letter for a key."""
    return text.replace("&", "&&")


def titled(title: Message) -> str:
    """Write the title of a menu without the mark of its key."""
    return str(title).replace("&", "")
