"""Small programs and the adjoints that a good numerical programmer writes for them by hand."""
