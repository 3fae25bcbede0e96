"""What Python does with values: names, operators, attributes, items, containers, objects."""
