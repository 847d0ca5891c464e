"""Pages of captures, by who uses them."""
