"""One panel: its title bar and menu, its figure, and what is read off it."""
