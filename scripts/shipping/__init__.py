"""What makes a package and a one-folder program of the checkout."""
