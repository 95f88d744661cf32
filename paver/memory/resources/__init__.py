"""The nouns, one a file. Each says what a spec wants of it (`wanted`) and how it is made."""
