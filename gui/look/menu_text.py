"""Texts as menus take them."""


def unmarked(text: str) -> str:
    """Write a text so that a menu shows its ampersands, instead of taking a letter for a key."""
    return text.replace("&", "&&")
