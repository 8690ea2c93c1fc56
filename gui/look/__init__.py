"""How everything looks: the theme, the icons, light and dark."""
