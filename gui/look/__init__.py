"""How everything looks: themes, icons, and lengths that grow with the font."""
