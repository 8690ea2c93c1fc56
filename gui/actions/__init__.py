"""Actions: their table, their menus, and the objects that carry them out."""
