"""What is known at a point of the program: values, contents of locations, aliases, open blocks."""
