"""What a person can do: the table of actions, their menus, and who carries them out."""
